/** The question's fields, as they are typed: each is text, and each has what it is at first. */

/** @type {Readonly<Record<string, string>>} */
export const DEFAULTS = Object.freeze({
  work: "paper",
  paper: "bert_lm",
  gpu: "v100-sxm2-32gb",
  count: "8",
  utilisation: "100",
  energy: "37.3",
  power: "1036",
  profile: "",
  duration: "36h",
  start: "2020-06-01T00:00",
  zone: "UTC",
  window: "24h",
  pauseEnergy: "0",
  pauseTime: "0",
  pausedPower: "0",
  leastRun: "0",
  mostPauses: "",
  pue: "1.0",
  embodied: "",
  embodiedKilograms: "",
  embodiedGpus: "",
  lifetime: "4",
  home: "",
  cloud: "",
});

/** Which field of the form an error of the engine belongs to, by the engine's name for it. */
const OF_ENGINE = /** @type {Readonly<Record<string, string>>} */ ({
  "job.duration_seconds": "duration",
  "job.energy_kilowatt_hours": "energy",
  "job.power_watts": "power",
  "job.profile": "profile",
  start: "start",
  window_seconds: "window",
  power_usage_effectiveness: "pue",
  home_region: "home",
  "pause_costs.energy_kilowatt_hours": "pauseEnergy",
  "pause_costs.time_seconds": "pauseTime",
  "pause_costs.paused_power_watts": "pausedPower",
  "pause_costs.least_run_seconds": "leastRun",
  "pause_costs.most_pauses": "mostPauses",
  board_watts: "gpu",
  gpus: "count",
  utilisation_percent: "utilisation",
  kilograms_per_gpu: "embodiedKilograms",
  lifetime_years: "lifetime",
});

/**
 * The field that an error of the engine stands beside; the grid where it is none of the form's own.
 * @param {string | undefined} field
 */
export function fieldOf(field) {
  return (field && OF_ENGINE[field]) ?? "grid";
}
