/**
 * Ticks of a time axis, at full hours or midnights of a time zone.
 * @module
 */

/** @import { Tick } from "./plot.js" */
import { calendar, clock, day } from "../ui/format.js";

const MINUTE = 60_000;
const DAY_MINUTES = 1440;

/** Longest step between two ticks, in minutes. */
const LONGEST = 80_640;
const STEPS = [15, 30, 60, 120, 180, 360, 720, 1440, 2880, 5760, 10_080, 20_160, 40_320, LONGEST];

/**
 * The ticks between two times.
 *
 * @param {number} from epoch milliseconds
 * @param {number} to
 * @param {number} most greatest number of ticks
 * @param {string} zone IANA
 * @returns {Tick[]}
 */
export function timeTicks(from, to, most, zone) {
  const step = STEPS.find((minutes) => (to - from) / (minutes * MINUTE) <= most) ?? LONGEST;
  const times = step < DAY_MINUTES ? withinDays(from, to, step, zone) : midnights(from, to, step / DAY_MINUTES, zone);
  return times.map((at, index) => {
    const date = day(at, zone, { short: true });
    if (step >= DAY_MINUTES) return { at, text: [date] };
    const time = clock(at, zone);
    return { at, text: index === 0 || time === "00:00" ? [time, date] : [time] };
  });
}

/**
 * Minutes since midnight, by the clock of a zone.
 *
 * @param {number} time
 * @param {string} zone
 * @returns {number}
 */
function minutes(time, zone) {
  const { hour, minute } = calendar(time, zone);
  return hour * 60 + minute;
}

/**
 * Times at multiples of a step within the day.
 *
 * @param {number} from
 * @param {number} to
 * @param {number} step minutes
 * @param {string} zone
 * @returns {number[]}
 */
function withinDays(from, to, step, zone) {
  const stride = Math.min(step, 60);
  const start = Math.ceil(from / MINUTE) * MINUTE;
  const first = start + ((stride - (minutes(start, zone) % stride)) % stride) * MINUTE;
  const found = [];
  for (let at = first; at <= to; at += stride * MINUTE) if (minutes(at, zone) % step === 0) found.push(at);
  return found;
}

/**
 * Midnights, a number of days apart.
 *
 * @param {number} from
 * @param {number} to
 * @param {number} days from one to the next
 * @param {string} zone
 * @returns {number[]}
 */
function midnights(from, to, days, zone) {
  const found = [];
  const start = Math.ceil(from / MINUTE) * MINUTE;
  // Where the clocks change in between, 24 hours later is not midnight: the nearest midnight is taken.
  for (
    let at = start + ((DAY_MINUTES - minutes(start, zone)) % DAY_MINUTES) * MINUTE;
    at <= to;
    at += days * DAY_MINUTES * MINUTE
  ) {
    const off = minutes(at, zone);
    at += (off > DAY_MINUTES / 2 ? DAY_MINUTES - off : -off) * MINUTE;
    if (at >= from && at <= to) found.push(at);
  }
  return found;
}
