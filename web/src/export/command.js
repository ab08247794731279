/**
 * The `gpu-carbon plan` command that gives the same numbers.
 * @module
 */

/** @import { Model, Request, Series } from "../types.js" */
import { spanParts } from "../ui/format.js";
import { fileArgument, quoted } from "./shell.js";

/** Name of the file from which the command reads a power that changes. */
export const PROFILE = "profile.csv";

/**
 * The command for a plan.
 *
 * @param {Model} model
 * @returns {string} one command over several lines
 */
export function command({ request, series, home }) {
  const [marginal, average] = [withSignal(series, "marginal"), withSignal(series, "average")];
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
    `--duration ${duration(request.job.duration_seconds)}`,
    workFlag(request.job),
    ...hostFlag(request.host_share),
    `--window ${duration(request.window_seconds)}`,
    `--pue ${request.power_usage_effectiveness}`,
    ...pauseFlags(request.pause_costs),
  ];
  return parts.join(" \\\n  ");
}

/**
 * The series in the order of the command, which is also that of its table.
 *
 * @param {Model} model
 * @returns {Series[]}
 */
export function inOrder({ series }) {
  return [...withSignal(series, "marginal"), ...withSignal(series, "average")];
}

/**
 * @param {Series[]} series
 * @param {Series["signal"]} signal
 */
function withSignal(series, signal) {
  return series.filter((one) => one.signal === signal);
}

/**
 * The files that the command reads, each with its series.
 *
 * @param {Model} model
 * @returns {{name: string, series: Series}[]}
 */
export function filesOf({ series }) {
  return series.filter(({ kind }) => kind !== "pack").map((one) => ({ name: `${one.name}.csv`, series: one }));
}

/**
 * A power profile as the CSV that the command reads.
 *
 * @param {[number, number][]} profile
 * @returns {string}
 */
export function profileCsv(profile) {
  return ["offset_seconds,power_watts", ...profile.map((row) => row.join(","))].join("\n") + "\n";
}

/**
 * A flag with the names or files of series.
 *
 * @param {string} name
 * @param {Series[]} series
 * @returns {string}
 */
function flag(name, series) {
  return [name, ...series.map((one) => (one.kind === "pack" ? one.name : fileArgument(`${one.name}.csv`)))].join(" ");
}

/**
 * The flag of the job's energy or power.
 *
 * @param {Request["job"]} job
 * @returns {string}
 */
function workFlag({ energy_kilowatt_hours: energy, power_watts: power }) {
  if (energy !== undefined) return `--energy ${energy}kWh`;
  return power !== undefined ? `--power ${power}W` : `--profile ${PROFILE}`;
}

/**
 * The flag of the servers around the GPUs, where they are within the boundary.
 *
 * @param {Request["host_share"]} share
 * @returns {string[]}
 */
function hostFlag(share) {
  if (share === undefined || share === null) return [];
  return [`--host-share ${share === "paper" ? share : `${share}%`}`];
}

/**
 * The flags of pauses that have costs or limits.
 *
 * @param {Request["pause_costs"]} costs
 * @returns {string[]}
 */
function pauseFlags(costs) {
  const flagIfPositive = (/** @type {number} */ number, /** @type {string} */ text) => (number > 0 ? [text] : []);
  return [
    ...flagIfPositive(costs.energy_kilowatt_hours, `--pause-energy ${costs.energy_kilowatt_hours}kWh`),
    ...flagIfPositive(costs.time_seconds, `--pause-time ${duration(costs.time_seconds)}`),
    ...flagIfPositive(costs.paused_power_watts, `--paused-power ${costs.paused_power_watts}W`),
    ...flagIfPositive(costs.least_run_seconds, `--min-run ${duration(costs.least_run_seconds)}`),
    ...(costs.most_pauses === null ? [] : [`--max-pauses ${costs.most_pauses}`]),
    ...costs.milestones.map(({ work_seconds, by }) => `--milestone ${duration(work_seconds)}@${by}`),
  ];
}

/**
 * A duration as flags take it, such as 36h or 1h30min; exact to the microsecond, as plans are.
 *
 * @param {number} seconds
 * @returns {string}
 */
function duration(seconds) {
  const micros = Math.round(seconds * 1e6);
  if (micros % 1000) return `${micros}us`;
  return (
    spanParts(seconds)
      .map(([count, unit]) => `${count}${unit}`)
      .join("") || "0s"
  );
}
