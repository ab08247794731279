/** Which question an intensity answers: what one more kilowatt-hour emits, or what each one emits on average. */
export type Signal = "marginal" | "average";

/** How well an intensity is known. */
export type Quality = "measured" | "estimated" | "forecast" | "fallback";

/** What every function throws: `field` names the field, as `job.duration_seconds`, or the place in a file. */
export interface Fault extends Error {
  field: string | undefined;
}

/** One of the eleven jobs of Dodge et al. 2022, Table 2. */
export interface PaperJob {
  name: string;
  title: string;
  gpus: string;
  duration_seconds: number;
  energy_kilowatt_hours: number;
}

/** How many of several things emit as much, by one edition of the factors. */
export interface Equivalents {
  edition: { source: string; year: number };
  items: { name: string; many: string; count: number }[];
}

/** What a score of Software Carbon Intensity is made of. */
export interface SciTerms {
  energy_kilowatt_hours: number;
  power_usage_effectiveness: number;
  operational_grams: number;
  /** `null` where it is unknown or left out. */
  embodied: { kilograms_per_gpu: number; gpus: number; lifetime_years: number; seconds: number } | null;
  /** R: how many functional units. */
  units: number;
}

/** `((E x I) + M) per R`, term by term. */
export interface SciScore {
  /** E, with the data centre's overhead. */
  energy_kilowatt_hours: number;
  /** I: the mean over the job, weighed by its energy. */
  intensity_grams_per_kilowatt_hour: number | null;
  operational_grams: number;
  /** M */
  embodied_grams: number | null;
  total_grams: number;
  units: number;
  grams_per_unit: number;
}
