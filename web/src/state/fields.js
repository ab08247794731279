/** The fields of the form with their defaults. All are text, as typed. Links hold these names: they must not change. */

/** The default of each field. @type {Readonly<Record<string, string>>} */
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

/** The form's field for each field name of the engine's errors. */
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
 * The field beside which an error of the engine is shown; "series" where the form has no such field.
 * @param {string | undefined} field
 */
export function fieldOf(field) {
  return (field && OF_ENGINE[field]) ?? "series";
}
