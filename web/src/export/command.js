/**
 * The command that gives the same numbers.
 * @module
 */

/** @import { Model, Request, Series } from "../types.js" */
import { spanParts } from "../answer/format.js";
import { file, quoted } from "./shell.js";

/** The file in which a power that changes is handed to the command. */
export const PROFILE = "profile.csv";

/**
 * @param {Model} model
 * @returns {string} one command over several lines
 */
export function command({ request, series, home }) {
  const [marginal, average] = [by(series, "marginal"), by(series, "average")];
  const regions =
    marginal.length > 0
      ? [flag("--intensity", marginal), ...(average.length > 0 ? [flag("--average", average)] : [])]
      : [flag("--intensity", average), "--signal average"];
  const first = [...marginal, ...average][0];
  const parts = [
    "gpu-carbon plan",
    ...regions,
    ...(first === home ? [] : [`--home${home.name.startsWith("-") ? "=" : " "}${quoted(home.name)}`]),
    `--start ${request.start}`,
    `--duration ${time(request.job.duration_seconds)}`,
    work(request.job),
    `--window ${time(request.window_seconds)}`,
    `--pue ${request.power_usage_effectiveness}`,
    ...pauses(request.pause_costs),
  ];
  return parts.join(" \\\n  ");
}

/**
 * The series in the order of the command: so are the rows of its table.
 *
 * @param {Model} model
 * @returns {Series[]}
 */
export function inOrder({ series }) {
  return [...by(series, "marginal"), ...by(series, "average")];
}

/**
 * @param {Series[]} series
 * @param {Series["signal"]} signal
 */
function by(series, signal) {
  return series.filter((one) => one.signal === signal);
}

/**
 * The files that the command reads, by the names that it knows them by.
 *
 * @param {Model} model
 * @returns {{name: string, of: Series}[]}
 */
export function filesOf({ series }) {
  return series.filter(({ kind }) => kind !== "pack").map((one) => ({ name: `${one.name}.csv`, of: one }));
}

/**
 * A power over time, as the command reads it.
 *
 * @param {[number, number][]} profile
 * @returns {string}
 */
export function profileCsv(profile) {
  return ["offset_seconds,power_watts", ...profile.map((row) => row.join(","))].join("\n") + "\n";
}

/**
 * @param {string} name
 * @param {Series[]} series
 * @returns {string}
 */
function flag(name, series) {
  return [name, ...series.map((one) => (one.kind === "pack" ? one.name : file(`${one.name}.csv`)))].join(" ");
}

/**
 * @param {Request["job"]} job
 * @returns {string}
 */
function work({ energy_kilowatt_hours: energy, power_watts: power }) {
  if (energy !== undefined) return `--energy ${energy}kWh`;
  return power !== undefined ? `--power ${power}W` : `--profile ${PROFILE}`;
}

/**
 * Only what differs from free pauses.
 *
 * @param {Request["pause_costs"]} costs
 * @returns {string[]}
 */
function pauses(costs) {
  const some = (/** @type {number} */ number, /** @type {string} */ text) => (number > 0 ? [text] : []);
  return [
    ...some(costs.energy_kilowatt_hours, `--pause-energy ${costs.energy_kilowatt_hours}kWh`),
    ...some(costs.time_seconds, `--pause-time ${time(costs.time_seconds)}`),
    ...some(costs.paused_power_watts, `--paused-power ${costs.paused_power_watts}W`),
    ...some(costs.least_run_seconds, `--min-run ${time(costs.least_run_seconds)}`),
    ...(costs.most_pauses === null ? [] : [`--max-pauses ${costs.most_pauses}`]),
    ...costs.milestones.map(({ work_seconds, by }) => `--milestone ${time(work_seconds)}@${by}`),
  ];
}

/**
 * A length of time as flags take it: 36h, 1h30min; to the microsecond, as it is planned with.
 *
 * @param {number} seconds
 * @returns {string}
 */
function time(seconds) {
  const micros = Math.round(seconds * 1e6);
  if (micros % 1000) return `${micros}us`;
  return (
    spanParts(seconds)
      .map(([count, unit]) => `${count}${unit}`)
      .join("") || "0s"
  );
}
