/** Which question an intensity answers: what one more kilowatt-hour emits, or what each one emits on average. */
export type Signal = "marginal" | "average";

/** How well an intensity is known. */
export type Quality = "measured" | "estimated" | "forecast" | "fallback";

/** What every function throws: `field` names the field, as `job.duration_seconds`, or the place in a file. */
export interface InputError extends Error {
  field: string | undefined;
}

