// The shapes that travel between the form, the engine and the answer. Types only: this file holds no code.

/**
 * What the engine is asked; the document crate defines it. Times are ISO 8601 with Z.
 * @typedef {object} Request
 * @property {{duration_seconds: number, energy_kilowatt_hours?: number, power_watts?: number, profile?: [number, number][]}} job
 * @property {string} start
 * @property {number} window_seconds
 * @property {number} power_usage_effectiveness
 * @property {Signal} signal
 * @property {string | null} home_region
 * @property {PauseCosts} pause_costs
 */

/** @typedef {"marginal" | "average"} Signal which question the values of a series answer */

/**
 * @typedef {object} PauseCosts
 * @property {number} energy_kilowatt_hours
 * @property {number} time_seconds
 * @property {number} paused_power_watts
 * @property {number} least_run_seconds
 * @property {number | null} most_pauses
 * @property {{work_seconds: number, by: string}[]} milestones
 */

/** @typedef {{start: string, end: string}} Run */

/**
 * One region of the answer.
 * @typedef {object} RegionPlan
 * @property {string} name
 * @property {Signal} signal
 * @property {string} source
 * @property {number} step_seconds
 * @property {Run & {emissions_grams: number}} baseline
 * @property {Run & {emissions_grams: number, saving_ratio: number | null}} flexible_start
 * @property {PauseAndResume} pause_and_resume
 */

/**
 * @typedef {object} PauseAndResume
 * @property {number} emissions_grams
 * @property {number | null} saving_ratio
 * @property {number} pauses
 * @property {number} pauses_per_hour
 * @property {number} threshold_grams_per_kilowatt_hour
 * @property {"cheapest_intervals" | "exact"} method
 * @property {{pause_emissions_grams: number, free_claim_emissions_grams: number, honest_free_emissions_grams: number, pausing_pays: boolean}} [costs]
 * @property {Run[]} intervals
 */

/** @typedef {{region: string, emissions_grams: number, saving_ratio: number | null}} Shift against the home region's baseline */

/**
 * The answer: the document of `gpu-carbon plan --format json`.
 * @typedef {object} Plan
 * @property {{duration_seconds: number, energy_kilowatt_hours: number}} job
 * @property {number} window_seconds
 * @property {number} power_usage_effectiveness
 * @property {Signal} signal
 * @property {PauseCosts} pause_costs
 * @property {RegionPlan[]} regions
 * @property {string | null} best_region
 * @property {string} home_region
 * @property {{moving: Shift, waiting: Shift, pausing: Shift, all: Shift}} shifts
 * @property {{signal: Signal, regions: string[]}[]} ranking
 * @property {string[]} warnings
 */

/** @typedef {{p5: number, p25: number, p50: number, p75: number, p95: number, mean: number}} Spread */

/**
 * One region over every start of a year.
 * @typedef {object} Year
 * @property {string} from
 * @property {string} to
 * @property {number} starts
 * @property {number} left_out
 * @property {number} without_ratio starts that emit nothing anyway
 * @property {Spread} baseline_grams
 * @property {Spread | null} flexible_start_saving_ratio null: no start has a saving
 * @property {Spread | null} pause_and_resume_saving_ratio
 * @property {{bin_ratio: number, flexible_start: number[], pause_and_resume: number[]}} histogram
 * @property {{utc_offset_minutes: number, mean_baseline_grams: (number | null)[][]}} heat_map 24 start hours of 12 months
 */

/**
 * Savings against extra hours.
 * @typedef {object} Curve
 * @property {{extra_hours: number, flexible_start_saving_ratio: number | null, pause_and_resume_saving_ratio: number | null, mean_flexible_start_saving_ratio: number | null, mean_pause_and_resume_saving_ratio: number | null}[]} points
 */

/**
 * The exact plan as the energy of a pause grows.
 * @typedef {object} PausePrices
 * @property {{energy_kilowatt_hours: number, emissions_grams: number, pauses: number}[]} points
 * @property {number | null} stops_paying_at_kilowatt_hours
 * @property {number} flexible_start_emissions_grams
 */

/**
 * A series that the engine holds.
 * @typedef {object} Series
 * @property {string} name unique on the page; untrusted text
 * @property {"pack" | "file" | "live"} kind
 * @property {Signal} signal
 * @property {string} source
 * @property {string | undefined} attribution
 * @property {number} startMilliseconds
 * @property {number} endMilliseconds
 * @property {number} stepSeconds
 * @property {string} checksum of its content, whatever its name
 * @property {number} gaps
 * @property {string} quality
 * @property {boolean} answered a service's answer: the command reads it once it is saved as a CSV
 */

/**
 * What the form holds, as it was typed: every value is text. See state/fields.js for the names.
 * @typedef {Record<string, string>} Question
 */

/**
 * What the answer shows.
 * @typedef {object} Model
 * @property {Question} question
 * @property {Request} request
 * @property {Plan} plan
 * @property {Series} home the series of the home region
 * @property {Series[]} series all that are in the plan, in its order
 * @property {{fromMilliseconds: number, toMilliseconds: number, values: Float64Array}} intensity of the home region; NaN in a gap
 * @property {number | null} embodiedGrams the GPUs' share of their manufacture; null: off, or not known
 * @property {Embodied | null} embodied what that was computed with
 * @property {number | null} gpus
 * @property {string} zone IANA name, for display
 * @property {Factors} factors
 * @property {Partial<Record<ChoiceKey, Counted>>} counted what the engine makes of each choice's emissions
 * @property {string} link the address that restores everything
 */

/** @typedef {"now" | "start" | "pauses" | "region" | "all"} ChoiceKey what a reader can choose between; see answer/choices.js */

/** @typedef {{score: Score, equivalents: Equivalents[]}} Counted */

/**
 * The Software Carbon Intensity, term by term.
 * @typedef {object} Score
 * @property {number} energy_kilowatt_hours E, with the data centre's overhead
 * @property {number | null} intensity_grams_per_kilowatt_hour I, the mean over the job, weighed by its energy
 * @property {number} operational_grams
 * @property {number | null} embodied_grams M; null: off, or not known
 * @property {number} total_grams
 * @property {number} units R
 * @property {number} grams_per_unit
 */

/** @typedef {{kilogramsPerGpu: number, gpus: number, lifetimeYears: number, source: string}} Embodied */

/**
 * Where the numbers come from, in words.
 * @typedef {object} Factors
 * @property {string} job how the energy is known: the paper, board power, a measurement
 * @property {string} pue where the power usage effectiveness comes from
 */

/** @typedef {{edition: {source: string, year: number}, items: {name: string, many: string, count: number}[]}} Equivalents */

/** @typedef {{regions: {name: string, signal: Signal, year: Year}[]}} YearModel */
/** @typedef {{name: string, signal: Signal, curve: Curve, exact: boolean}} CurveModel exact: this start's pauses are not the year's, which are free */
/** @typedef {{name: string, signal: Signal, prices: PausePrices}} PauseCostsModel */

/**
 * The right half of the page.
 * @typedef {object} Answer
 * @property {(model: Model) => void} show
 * @property {(model: YearModel) => void} showYear
 * @property {(model: CurveModel) => void} showCurve
 * @property {(model: PauseCostsModel) => void} showPauseCosts
 * @property {(fraction: number | null) => void} busy how far the long work is; null: done
 * @property {(message: string) => void} fail there is no answer yet, and why; the last good answer stays
 */

/** @typedef {{show: (model: Model) => void}} TakeAway */

export {};
