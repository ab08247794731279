/**
 * The limits of the numbers, in sentences.
 * @module
 */

/** @import { Model } from "../types.js" */
import { h } from "../ui/dom.js";
import { GPUS_ONLY, boundarySentence } from "../state/boundary.js";
import { span } from "../ui/format.js";

/**
 * The list of limits that apply to a plan.
 *
 * @param {Model} model
 * @returns {HTMLElement}
 */
export function limits({ plan, home, factors }) {
  const canPause = plan.pause_costs.most_pauses !== 0;
  const { boundary = GPUS_ONLY } = factors;
  const isWithServers = boundary.percent !== null;
  return h(
    "ul",
    { class: "limits" },
    [
      `These savings assume that the intensity of the whole time is known in advance. Real forecasts reach one to three days ahead, and have errors: ` +
        `the savings are upper bounds, the more so for a job that may end ${span(plan.window_seconds + plan.job.duration_seconds)} after its earliest start.`,
      `A study of 123 regions found that moving and waiting save little under practical limits (Sukprasert et al., EuroSys 2024). Take a large saving here as a reason to check again, not as a promise.`,
      home.signal === "marginal"
        ? `Marginal intensity is what one more kilowatt-hour emits: use it to compare choices. It does not give your share of the grid\u2019s emissions.`
        : `Average intensity is what the grid emits per kilowatt-hour: use it for your share of the grid\u2019s emissions. Choices change the marginal intensity\u2019s emissions instead, and the two can disagree on when to start.`,
      isWithServers ? `${boundarySentence(boundary, factors.what)} Servers differ: one with eight GPUs may have another share, and the share differs by load. The network comes on top.`
      : factors.what === "devices" ? "Only the devices that are named are counted: the rest of the servers and the network come on top." : `Only the GPUs are counted. In the paper\u2019s Table 1, one TITAN X takes 74\u202f% of the power of GPU, two CPUs and DRAM in one server: those, the rest of the server and the network come on top.`,
      !canPause ? "" : plan.pause_costs.energy_kilowatt_hours === 0 &&
      plan.pause_costs.time_seconds === 0 &&
      plan.pause_costs.paused_power_watts === 0
        ? `Pauses are free here, as in the paper. Real ones are not: enter their costs under Cost of a pause, and the plan includes them.`
        : `The costs of a pause are those that you entered; for these the plan is exact.`,
      canPause && `To pause, a job must be able to resume where it stopped: it needs checkpoints, or a machine that keeps it in memory.`,
    ].filter(Boolean).map((text) => h("li", null, text)),
  );
}
