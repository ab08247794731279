// The types of the data that the form, the engine and the answer exchange. This file holds no code.

/**
 * The engine's own types, declared in crates/wasm/src/bindings/engine.ts.
 * @typedef {import("./engine/pkg/gpu_carbon_wasm.js").Signal} Signal marginal or average: the question that the values of a series answer
 * @typedef {import("./engine/pkg/gpu_carbon_wasm.js").Scope} Scope the gases that the values count
 * @typedef {import("./engine/pkg/gpu_carbon_wasm.js").Plan} Plan the document of `gpu-carbon plan --format json`
 * @typedef {import("./engine/pkg/gpu_carbon_wasm.js").RegionPlan} RegionPlan
 * @typedef {import("./engine/pkg/gpu_carbon_wasm.js").Run} Run
 * @typedef {import("./engine/pkg/gpu_carbon_wasm.js").Shift} Shift
 * @typedef {import("./engine/pkg/gpu_carbon_wasm.js").PauseCosts} PauseCosts
 * @typedef {import("./engine/pkg/gpu_carbon_wasm.js").Spread} Spread
 * @typedef {import("./engine/pkg/gpu_carbon_wasm.js").Year} Year
 * @typedef {import("./engine/pkg/gpu_carbon_wasm.js").Curve} Curve
 * @typedef {import("./engine/pkg/gpu_carbon_wasm.js").PauseCostCurve} PauseCostCurve emissions as the energy of a pause grows
 * @typedef {import("./engine/pkg/gpu_carbon_wasm.js").SciScore} Score
 * @typedef {import("./engine/pkg/gpu_carbon_wasm.js").Equivalents} Equivalents
 */

/** @typedef {import("./engine/pkg/gpu_carbon_wasm.js").Request} EngineRequest */

/** @typedef {EngineRequest & {power_usage_effectiveness: number, signal: Signal, home_region: string | null, pause_costs: PauseCosts}} Request a request with every optional field given */

/**
 * A series of intensity that the engine holds in memory.
 * @typedef {object} Series
 * @property {string} name unique on the page; untrusted text
 * @property {"pack" | "file" | "live"} kind
 * @property {Signal} signal
 * @property {Scope | undefined} scope undefined where it is unknown
 * @property {string} source
 * @property {string | undefined} attribution
 * @property {number} startMilliseconds
 * @property {number} endMilliseconds
 * @property {number} stepSeconds
 * @property {string} checksum of its values and times; the name does not matter
 * @property {number} gaps
 * @property {string} quality
 * @property {number} loadedAt time at which the page loaded it, epoch milliseconds
 * @property {string} [zone] the zone, where its file has several
 * @property {boolean} isSignalStated true where the file or the service says whether the values are marginal or average
 * @property {boolean} fromService the response of a service, or one zone of a file: the command line reads it only after it is saved as a CSV
 */

/**
 * The values of the form as they were typed: all are text. Their names are in state/fields.js.
 * @typedef {Record<string, string>} Question
 */

/**
 * The data that the answer shows.
 * @typedef {object} Model
 * @property {Question} question
 * @property {Request} request
 * @property {Plan} plan
 * @property {Series} home the series of the home region
 * @property {string} title the home series as people name it
 * @property {Series[]} series those of the plan, in its order
 * @property {{fromMilliseconds: number, toMilliseconds: number, values: Float64Array}} intensity of the home region, in g/kWh; NaN in a gap
 * @property {number | null} embodiedGrams the job's share of the manufacture of its GPUs; null: switched off or unknown
 * @property {Embodied | null} embodied the terms of that share
 * @property {number | null} gpus
 * @property {string} zone IANA name of the time zone in which times are shown
 * @property {Factors} factors
 * @property {Partial<Record<ChoiceKey, ChoiceFigures>>} figures the score and the equivalents of each choice's emissions
 * @property {string} unit the functional unit
 * @property {string} link the address that restores the whole page
 * @property {RecordedDay | null} recordedDay where the plan is that of a recorded day as an example
 */

/**
 * The question that a plan of a recorded day stands for.
 * @typedef {object} RecordedDay
 * @property {string} start the real one, RFC 3339
 * @property {number} window the real one, seconds
 * @property {number | null} levelGrams emissions of the job by the yearly level of its region
 */

/**
 * The emissions of the job by the yearly level of the reader's region.
 * @typedef {object} ByLevel
 * @property {string} job source of its energy
 * @property {Factors["what"]} what
 * @property {Factors["boundary"]} [boundary]
 * @property {number} energyKilowattHours
 * @property {number} duration seconds
 * @property {number} pue
 * @property {string} pueSource
 * @property {string} place
 * @property {string} zone
 * @property {number} grams
 * @property {number} gramsPerKilowattHour
 * @property {number} year of the level
 * @property {string} credit
 * @property {number} start epoch milliseconds
 * @property {Score | null} score
 * @property {string} unit the functional unit
 */

/** @typedef {"now" | "start" | "pauses" | "region" | "all"} ChoiceKey the choices that a plan offers: see answer/choices.js */

/** @typedef {{score: Score, equivalents: Equivalents[]}} ChoiceFigures */

/** @typedef {{kilogramsPerGpu: number, gpus: number, lifetimeYears: number, source: string}} Embodied */

/**
 * The sources of the numbers, as text.
 * @typedef {object} Factors
 * @property {string} job source of the energy: the paper, board power, a measurement
 * @property {"GPUs" | "devices"} [what] devices: some are no GPUs, or may be none; GPUs where it is left out
 * @property {import("./state/boundary.js").Boundary} [boundary] the GPUs alone where it is left out
 * @property {string} pue source of the power usage effectiveness
 */

/** @typedef {{regions: {name: string, signal: Signal, year: Year}[]}} YearModel */
/** @typedef {{name: string, signal: Signal, curve: Curve, exact: boolean}} CurveModel exact: the pauses of this start have costs or limits, those of the year's means are free */
/** @typedef {{name: string, signal: Signal, curve: PauseCostCurve}} PauseCostsModel */

/**
 * The details of the answer, beside the data.
 * @typedef {object} Answer
 * @property {(model: Model) => void} show
 * @property {(model: YearModel) => void} showYear
 * @property {(model: CurveModel) => void} showCurve
 * @property {(model: PauseCostsModel) => void} showPauseCosts
 * @property {(fraction: number | null) => void} busy the share of the slow analyses that is done; null: all of them
 * @property {() => void} hide hides the answer, where there is no plan
 */

/**
 * The export panel.
 * @typedef {object} ExportPanel
 * @property {(model: Model) => void} show
 * @property {(level: ByLevel | null) => void} showLevel the emissions by the yearly level; null: the question names no region
 * @property {(link: string) => void} hide hides what needs a plan; the link stays
 */

export {};
