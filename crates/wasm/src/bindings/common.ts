/** The signal of an intensity: the emissions of one more kilowatt-hour, or the average over all of them. */
export type Signal = "marginal" | "average";

/** The scope of an intensity: the carbon dioxide of combustion, or all greenhouse gases over the life cycle. */
export type Scope = "co2_direct" | "co2e_lifecycle";

/** The quality of an intensity. */
export type Quality = "measured" | "estimated" | "forecast" | "fallback";

/** The error that every function throws: `field` is the path of a field, as `job.duration_seconds`, or the line of a file. */
export interface InputError extends Error {
  field: string | undefined;
}

