/** A measured power, as the profile of a job. */
export interface MeasuredPower {
  /** Pairs of an offset in seconds from the first sample, and the watts from there on. */
  profile: [number, number][];
  /** The time of the first sample. */
  start: string;
  duration_seconds: number;
  energy_kilowatt_hours: number;
  /** The number of series that were summed. */
  series: number;
}
