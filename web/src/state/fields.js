/** The fields of the form with their defaults. All are text, as typed. Links hold these names: they must not change. */

/**
 * The default of each field without a region: the paper's example. Links without a region differ from these, as they did before
 * there were regions.
 * @type {Readonly<Record<string, string>>}
 */
export const DEFAULTS = Object.freeze({
  region: "",
  when: "at",
  canPause: "on",
  work: "paper",
  paper: "bert_lm",
  gpu: "v100-sxm2-32gb",
  count: "8",
  boardWatts: "700",
  utilisation: "100",
  devices: "",
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
  host: "gpus",
  hostShare: "60",
  embodied: "",
  embodiedKilograms: "",
  embodiedGpus: "",
  lifetime: "4",
  price: "",
  moveGigabytes: "",
  movePrice: "",
  unit: "job",
  units: "1",
  home: "",
  cloud: "",
});

/** The defaults that differ where the question names a region: a present-day job, now, in one piece. @type {Readonly<Record<string, string>>} */
const REGION_DEFAULTS = Object.freeze({
  work: "gpus",
  gpu: "h100-sxm",
  utilisation: "80",
  duration: "24h",
  when: "now",
  start: "",
  zone: "", // the reader's own
  canPause: "",
  pauseTime: "5min",
  pue: "", // that of the region's operator
});

/** The defaults of a question about a region; an empty one has none. @param {string} region */
export function defaultsFor(region) {
  return region ? { ...DEFAULTS, ...REGION_DEFAULTS } : { ...DEFAULTS };
}

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
  units: "units",
  usd_per_hour: "price",
  gigabytes: "moveGigabytes",
  board_watts: "boardWatts",
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
  return field && Object.hasOwn(OF_ENGINE, field) ? OF_ENGINE[field] ?? "series" : "series";
}
