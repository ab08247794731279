/** The signal of an intensity: the emissions of one more kilowatt-hour, or the average over all of them. */
export type Signal = "marginal" | "average";

/** The quality of an intensity. */
export type Quality = "measured" | "estimated" | "forecast" | "fallback";

/** The error that every function throws: `field` is the path of a field, as `job.duration_seconds`, or the line of a file. */
export interface InputError extends Error {
  field: string | undefined;
}

