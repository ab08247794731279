/** One of the eleven jobs of Dodge et al. 2022, Table 2. */
export interface PaperJob {
  name: string;
  title: string;
  gpus: string;
  duration_seconds: number;
  energy_kilowatt_hours: number;
}

/** The numbers of several things that emit as much, by one edition of the factors. */
export interface Equivalents {
  edition: { source: string; year: number };
  items: { name: string; many: string; count: number }[];
}

/** Some boards of one kind: GPUs, other accelerators or CPUs. */
export interface Boards {
  board_watts: number;
  count: number;
  utilisation_percent: number;
}

/** The terms of a Software Carbon Intensity score. */
export interface SciTerms {
  energy_kilowatt_hours: number;
  power_usage_effectiveness: number;
  operational_grams: number;
  /** `null` where it is unknown or left out. */
  embodied: { kilograms_per_gpu: number; gpus: number; lifetime_years: number; seconds: number } | null;
  /** R: the number of functional units. */
  units: number;
}

/** `((E x I) + M) per R`, term by term. */
export interface SciScore {
  /** E, with the overhead of the data centre. */
  energy_kilowatt_hours: number;
  /** I: the mean over the job, weighted by its energy. */
  intensity_grams_per_kilowatt_hour: number | null;
  operational_grams: number;
  /** M */
  embodied_grams: number | null;
  total_grams: number;
  units: number;
  grams_per_unit: number;
}

/** A request for a plan. The job has one of energy, power and profile; times are RFC 3339 with an offset. */
export interface Request {
  job: {
    duration_seconds: number;
    energy_kilowatt_hours?: number;
    power_watts?: number;
    /** Pairs of an offset in seconds, and the power in watts from there on. */
    profile?: [number, number][];
  };
  start: string;
  window_seconds: number;
  power_usage_effectiveness?: number;
  /** The GPUs' share of their servers' power in percent, by which the energy of the job is divided; `null`: the GPUs alone. */
  host_share?: "paper" | number | null;
  signal?: Signal | null;
  home_region?: string | null;
  pause_costs?: Partial<PauseCosts>;
}

/** The costs and the limits of pauses. */
export interface PauseCosts {
  energy_kilowatt_hours: number;
  time_seconds: number;
  paused_power_watts: number;
  least_run_seconds: number;
  most_pauses: number | null;
  milestones: { work_seconds: number; by: string }[];
}

/** The start and the end of a run. */
export interface Run {
  start: string;
  end: string;
}

/** The saving of a change of the plan, against an immediate run in the home region. */
export interface Shift {
  region: string;
  emissions_grams: number;
  saving_ratio: number | null;
}

/** The plans of one region. */
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
  /** Left out for the GPUs alone. */
  host_share_percent?: number;
  /** The boundary in words, where it contains the servers around the GPUs. */
  boundary?: string;
  signal: Signal;
  pause_costs: PauseCosts;
  regions: RegionPlan[];
  best_region: string;
  home_region: string;
  shifts: { moving: Shift; waiting: Shift; pausing: Shift; all: Shift };
  ranking: { signal: Signal; regions: string[] }[];
  warnings: string[];
}

/** The costs of a job besides emissions. */
export interface Costs {
  /** The price of an hour in each place, in USD; `null` where it is unknown. */
  usd_per_hour?: (number | null)[];
  /** The data that move with the job from home. */
  gigabytes?: number;
  usd_per_gigabyte?: number;
}

/** Places by the emissions of one job at the yearly level of each, the least first. */
export interface LevelRanking {
  energy_kilowatt_hours: number;
  move_kilowatt_hours_per_gigabyte: number;
  places: {
    /** The index of the place's level. */
    index: number;
    /** `null` where the level is unknown. */
    emissions_grams: number | null;
    /** The share of the emissions at home that moving there saves; below zero where it emits more. */
    saving_ratio: number | null;
    /** The emissions of moving the data there, which are not part of the others. */
    moving_grams: number | null;
    /** The price of running and moving; `null` where it is unknown. */
    usd: number | null;
    /** True where no place is at least as good in emissions and money and better in one; `null` where one is unknown. */
    is_unbeaten: boolean | null;
  }[];
}

/** A kind of plan over many days: its emissions, and its savings against a start at once on the same day. */
export interface PlanSpread {
  emissions_grams: { least: number; lower_quartile: number; median: number; upper_quartile: number; most: number; mean: number };
  /** `null` where no start at once emits anything. */
  saving_ratio: Spread | null;
}

/** The plans from one hour on the days around a date, on a series repeated by the time of year. */
export interface Seasonal {
  /** The number of starts that counted, and of those left out, since the series lacks a part of their time. */
  starts: number;
  left_out: number;
  baseline: PlanSpread;
  /** The best start of each day, found with that day's intensities. */
  flexible_start: PlanSpread;
  pause_and_resume: PlanSpread;
  /** The one delay that is best over all the days, which needs no knowledge of the day. */
  usual_start: PlanSpread & { delay_seconds: number };
}

export interface YearOptions {
  /** The minutes by which the user's clock is ahead of UTC. */
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

/** A study of one job and one window from every start of a year; pauses are free. */
export interface Year {
  from: string;
  to: string;
  /** The number of starts in the study, ... */
  starts: number;
  /** ... the number of starts left out for a gap or the end of the series, ... */
  left_out: number;
  /** ... and the number of starts in the study without a saving, since an immediate run emits nothing. */
  without_ratio: number;
  baseline_grams: Spread;
  /** `null` where no start has a saving. */
  flexible_start_saving_ratio: Spread | null;
  pause_and_resume_saving_ratio: Spread | null;
  /** Counts of savings, from 0 up. */
  histogram: { bin_ratio: number; flexible_start: number[]; pause_and_resume: number[] };
  /** Mean grams of an immediate run, for each of 24 hours by month; `null` where there is no start. */
  heat_map: { utc_offset_minutes: number; mean_baseline_grams: (number | null)[][] };
}

/** Savings by extra hours of the window. */
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
  /** 0 where no pause saves emissions; `null` where pauses save emissions at any energy studied. */
  stops_paying_at_kilowatt_hours: number | null;
  flexible_start_emissions_grams: number;
}

/** A series that the readers have parsed: see their `Reading`. */
export interface Reading {
  readonly signal: Signal;
  /** Undefined where it is unknown. */
  readonly scope: Scope | undefined;
  readonly source: string;
  readonly attribution: string | undefined;
  readonly quality: Quality;
  readonly stepSeconds: number;
  /** Pairs of the time in seconds since 1970-01-01T00:00:00Z, and the step from then on; empty where it never changes. */
  readonly stepChanges: Float64Array;
  /** The times in seconds since 1970-01-01T00:00:00Z ... */
  readonly times: Float64Array;
  /** ... and the grams per kilowatt-hour that hold from there on. */
  readonly grams: Float64Array;
}
