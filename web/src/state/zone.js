/** Local time in a time zone, from the browser's tables. */

import { FieldError } from "./quantity.js";

const LOCAL = /^(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d)(?::(\d\d))?$/;
const formats = /** @type {Map<string, Intl.DateTimeFormat>} */ (new Map());

/** All time zones that the browser knows, UTC first. */
export function zones() {
  const known = Intl.supportedValuesOf?.("timeZone") ?? [];
  return ["UTC", ...known.filter((zone) => zone !== "UTC")];
}

/** The reader's own time zone. */
export function ownZone() {
  return Intl.DateTimeFormat().resolvedOptions().timeZone || "UTC";
}

/**
 * A local time in a zone as epoch milliseconds. Where the clocks go back it is the earlier of the two times; a local
 * time that the clocks skip is an error.
 * @param {string} local as 2020-06-01T00:00
 * @param {string} zone
 */
export function toMilliseconds(local, zone) {
  return Math.min(...timesOf(local, zone));
}

/**
 * The times at which a zone's clocks show a local time: two where they go back over it.
 * @param {string} local as 2020-06-01T00:00
 * @param {string} zone
 * @returns {number[]} epoch milliseconds, one at least
 */
export function timesOf(local, zone) {
  const parts = LOCAL.exec(local);
  const asUtc = parts ? Date.parse(`${local}${parts[6] ? "" : ":00"}Z`) : NaN;
  if (Number.isNaN(asUtc)) throw new FieldError("expected a date and a time of day");
  // Zones are less than a day from UTC: one of the offsets of the day before, the day and the day after is the right one.
  const offsets = [-1, 0, 1].map((day) => offsetMilliseconds(asUtc + day * 86_400_000, zone));
  const found = offsets.map((offset) => asUtc - offset).filter((at) => at + offsetMilliseconds(at, zone) === asUtc);
  if (!found.length) throw new FieldError(`the clocks skip this time in ${zone}: choose another`);
  return [...new Set(found)].sort((a, b) => a - b);
}

/**
 * A time as the local time in a zone, to the minute.
 * @param {number} milliseconds
 * @param {string} zone
 */
export function toLocal(milliseconds, zone) {
  return new Date(milliseconds + offsetMilliseconds(milliseconds, zone)).toISOString().slice(0, 16);
}

/** The offset of a zone from UTC at a time. @param {number} milliseconds @param {string} zone */
export function offsetMilliseconds(milliseconds, zone) {
  if (zone === "UTC") return 0;
  /** @type {Record<string, number>} */
  const at = {};
  for (const { type, value } of format(zone).formatToParts(milliseconds)) at[type] = Number(value);
  const { year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0 } = at;
  return Date.UTC(year, month - 1, day, hour, minute, second) - Math.floor(milliseconds / 1000) * 1000;
}

/** @param {string} zone */
function format(zone) {
  const cached = formats.get(zone);
  if (cached) return cached;
  try {
    const created = new Intl.DateTimeFormat("en-US", {
      timeZone: zone, hourCycle: "h23", era: undefined,
      year: "numeric", month: "numeric", day: "numeric", hour: "numeric", minute: "numeric", second: "numeric",
    });
    formats.set(zone, created);
    return created;
  } catch {
    throw new FieldError(`this browser knows no time zone “${zone}”`);
  }
}
