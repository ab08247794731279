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

/** What is asked: a job, when and where. One of energy, power and profile; times are ISO 8601 with an offset. */
export interface Request {
  job: {
    duration_seconds: number;
    energy_kilowatt_hours?: number;
    power_watts?: number;
    /** From which offset, in seconds, on which power, in watts. */
    profile?: [number, number][];
  };
  start: string;
  window_seconds: number;
  power_usage_effectiveness?: number;
  signal?: Signal | null;
  home_region?: string | null;
  pause_costs?: Partial<PauseCosts>;
}

/** What a pause costs, and what limits pauses. */
export interface PauseCosts {
  energy_kilowatt_hours: number;
  time_seconds: number;
  paused_power_watts: number;
  least_run_seconds: number;
  most_pauses: number | null;
  milestones: { work_seconds: number; by: string }[];
}

/** From when to when. */
export interface Run {
  start: string;
  end: string;
}

/** What a change of the plan saves, against the home region's run at once. */
export interface Shift {
  region: string;
  emissions_grams: number;
  saving_ratio: number | null;
}

/** One region's plans. */
export interface RegionPlan {
  name: string;
  signal: Signal;
  source: string;
  step_seconds: number;
  baseline: Run & { emissions_grams: number };
  flexible_start: Run & { emissions_grams: number; saving_ratio: number | null };
  pause_and_resume: {
    emissions_grams: number;
    saving_ratio: number | null;
    pauses: number;
    pauses_per_hour: number;
    threshold_grams_per_kilowatt_hour: number;
    method: "cheapest_intervals" | "exact";
    costs?: {
      pause_emissions_grams: number;
      free_claim_emissions_grams: number;
      honest_free_emissions_grams: number;
      pausing_pays: boolean;
    };
    intervals: Run[];
  };
}

/** The document of `gpu-carbon plan --format json`. */
export interface Plan {
  job: { duration_seconds: number; energy_kilowatt_hours: number };
  window_seconds: number;
  power_usage_effectiveness: number;
  signal: Signal;
  pause_costs: PauseCosts;
  regions: RegionPlan[];
  best_region: string;
  home_region: string;
  shifts: { moving: Shift; waiting: Shift; pausing: Shift; all: Shift };
  ranking: { signal: Signal; regions: string[] }[];
  warnings: string[];
}

export interface YearOptions {
  /** How far the reader's clock is ahead of UTC. */
  utc_offset_minutes: number;
  starts: "every" | "paper";
}

/** Quantiles by the nearest rank, and the mean. */
export interface Spread {
  p5: number;
  p25: number;
  p50: number;
  p75: number;
  p95: number;
  mean: number;
}

/** One job and one window from every start of a year; pauses are free. */
export interface Year {
  from: string;
  to: string;
  /** The starts that counted, ... */
  starts: number;
  /** ... those left out for a gap or the end of the series, ... */
  left_out: number;
  /** ... and, of those that counted, those without a saving, since they emit nothing anyway. */
  without_ratio: number;
  baseline_grams: Spread;
  /** `null` where no start has a saving. */
  flexible_start_saving_ratio: Spread | null;
  pause_and_resume_saving_ratio: Spread | null;
  /** Counts of savings, from 0 up. */
  histogram: { bin_ratio: number; flexible_start: number[]; pause_and_resume: number[] };
  /** Grams of the job that starts at once: for each of 24 hours, 12 months; `null` where no start is. */
  heat_map: { utc_offset_minutes: number; mean_baseline_grams: (number | null)[][] };
}

/** Savings against extra hours. */
export interface Curve {
  points: {
    extra_hours: number;
    flexible_start_saving_ratio: number | null;
    pause_and_resume_saving_ratio: number | null;
    /** Over the paper's starts; pauses are free; `null` where the series has no year. */
    mean_flexible_start_saving_ratio: number | null;
    mean_pause_and_resume_saving_ratio: number | null;
  }[];
}

/** The exact plan as the energy of a pause grows. */
export interface PauseCostCurve {
  points: { energy_kilowatt_hours: number; emissions_grams: number; pauses: number }[];
  /** 0 where no pause ever pays; `null` where pausing goes on paying. */
  stops_paying_at_kilowatt_hours: number | null;
  flexible_start_emissions_grams: number;
}

/** A series that the readers have read: see their `Reading`. */
export interface Reading {
  readonly signal: Signal;
  readonly source: string;
  readonly attribution: string | undefined;
  readonly quality: Quality;
  readonly stepSeconds: number;
  /** Seconds since 1970-01-01T00:00:00Z, */
  readonly moments: Float64Array;
  /** and the grams per kilowatt-hour that hold from there on. */
  readonly grams: Float64Array;
}
