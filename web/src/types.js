// The shapes that travel between the form, the engine and the answer. Types only: this file holds no code.

/**
 * What the engine is asked and answers, as it declares it itself: see crates/wasm/src/bindings/engine.ts.
 * @typedef {import("./engine/pkg/gpu_carbon_wasm.js").Signal} Signal which question the values of a series answer
 * @typedef {import("./engine/pkg/gpu_carbon_wasm.js").Plan} Plan the document of `gpu-carbon plan --format json`
 * @typedef {import("./engine/pkg/gpu_carbon_wasm.js").RegionPlan} RegionPlan
 * @typedef {import("./engine/pkg/gpu_carbon_wasm.js").Run} Run
 * @typedef {import("./engine/pkg/gpu_carbon_wasm.js").Shift} Shift
 * @typedef {import("./engine/pkg/gpu_carbon_wasm.js").PauseCosts} PauseCosts
 * @typedef {import("./engine/pkg/gpu_carbon_wasm.js").Spread} Spread
 * @typedef {import("./engine/pkg/gpu_carbon_wasm.js").Year} Year
 * @typedef {import("./engine/pkg/gpu_carbon_wasm.js").Curve} Curve
 * @typedef {import("./engine/pkg/gpu_carbon_wasm.js").PausePrices} PausePrices
 * @typedef {import("./engine/pkg/gpu_carbon_wasm.js").SciScore} Score
 * @typedef {import("./engine/pkg/gpu_carbon_wasm.js").Equivalents} Equivalents
 */

/** @typedef {import("./engine/pkg/gpu_carbon_wasm.js").Request} EngineRequest */

/** @typedef {EngineRequest & {power_usage_effectiveness: number, signal: Signal, home_region: string | null, pause_costs: PauseCosts}} Request all of it said */

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

/** @typedef {{kilogramsPerGpu: number, gpus: number, lifetimeYears: number, source: string}} Embodied */

/**
 * Where the numbers come from, in words.
 * @typedef {object} Factors
 * @property {string} job how the energy is known: the paper, board power, a measurement
 * @property {string} pue where the power usage effectiveness comes from
 */

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
