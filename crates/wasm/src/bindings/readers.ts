/** A power that was measured, as a profile. */
export interface MeasuredPower {
  /** Offsets in seconds from the first sample, and the watts from there on. */
  profile: [number, number][];
  /** The moment of the first sample. */
  start: string;
  duration_seconds: number;
  energy_kilowatt_hours: number;
  /** How many series were summed. */
  series: number;
}
