/**
 * What the numbers cannot say, in plain words.
 * @module
 */

/** @import { Model } from "../types.js" */
import { h } from "./dom.js";
import { span } from "./format.js";

/**
 * @param {Model} model
 * @returns {HTMLElement}
 */
export function limits({ plan, home }) {
  return h(
    "ul",
    { class: "limits" },
    [
      `These savings know the future: they are found in intensities that are given, whole. Real forecasts reach a day or three, and err. ` +
        `What lies further ahead (this job may end ${span(plan.window_seconds + plan.job.duration_seconds)} after its earliest start) is an upper bound.`,
      `Over 123 regions, moving and waiting gained little where both were limited as they are in practice (Sukprasert et al., EuroSys 2024). A large saving here is a reason to look again, not a promise.`,
      home.signal === "marginal"
        ? `Marginal intensity says what one more kilowatt-hour emits: right for asking what a choice changes. It does not say what share of the grid\u2019s emissions is yours.`
        : `Average intensity says what the grid emits for each kilowatt-hour: right for a share of the whole. What a choice changes is the marginal intensity, and the two can disagree on when to start.`,
      `Only the GPUs are counted. The paper found 74\u202f% of a server\u2019s draw at its GPU: the rest, and the network, come on top.`,
      plan.pause_costs.energy_kilowatt_hours === 0 &&
      plan.pause_costs.time_seconds === 0 &&
      plan.pause_costs.paused_power_watts === 0
        ? `Pauses are taken to be free, as in the paper. They are not: give what a pause costs, and the plan takes it into account.`
        : `What a pause costs is what you gave; the plan is exact for that.`,
      `A job that can be stopped must be able to go on from where it was: it needs checkpoints, or a machine that keeps it in memory.`,
    ].map((text) => h("li", null, text)),
  );
}
