/**
 * Marks of an axis of time, where the clock of a zone shows full hours or a new day.
 * @module
 */

/** @import { Mark } from "./plot.js" */
import { calendar, clock, day } from "./format.js";

const MINUTE = 60_000;
const DAY_MINUTES = 1440;

/** Between two marks, minutes. */
const LONGEST = 80_640;
const STEPS = [15, 30, 60, 120, 180, 360, 720, 1440, 2880, 5760, 10_080, 20_160, 40_320, LONGEST];

/**
 * @param {number} from epoch milliseconds
 * @param {number} to
 * @param {number} most marks
 * @param {string} zone IANA
 * @returns {Mark[]}
 */
export function timeMarks(from, to, most, zone) {
  const step = STEPS.find((minutes) => (to - from) / (minutes * MINUTE) <= most) ?? LONGEST;
  const moments = step < DAY_MINUTES ? withinDays(from, to, step, zone) : midnights(from, to, step / DAY_MINUTES, zone);
  return moments.map((at, index) => {
    const date = day(at, zone, { short: true });
    if (step >= DAY_MINUTES) return { at, text: [date] };
    const time = clock(at, zone);
    return { at, text: index === 0 || time === "00:00" ? [time, date] : [time] };
  });
}

/**
 * @param {number} moment
 * @param {string} zone
 * @returns {number} since midnight, by the clock
 */
function minutes(moment, zone) {
  const { hour, minute } = calendar(moment, zone);
  return hour * 60 + minute;
}

/**
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
 * @param {number} from
 * @param {number} to
 * @param {number} days from one to the next
 * @param {string} zone
 * @returns {number[]}
 */
function midnights(from, to, days, zone) {
  const found = [];
  const start = Math.ceil(from / MINUTE) * MINUTE;
  // Where the clocks change in between, a day later is not midnight: the nearest one is.
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
