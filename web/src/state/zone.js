/** Civil time in a zone, by the browser's own tables. */

import { FieldError } from "./quantity.js";

const LOCAL = /^(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d)(?::(\d\d))?$/;
const formats = /** @type {Map<string, Intl.DateTimeFormat>} */ (new Map());

/** All that the browser knows. */
export function zones() {
  const known = Intl.supportedValuesOf?.("timeZone") ?? [];
  return ["UTC", ...known.filter((zone) => zone !== "UTC")];
}

/** The reader's own. */
export function ownZone() {
  return Intl.DateTimeFormat().resolvedOptions().timeZone || "UTC";
}

/**
 * A local time in a zone, in epoch milliseconds. Where the clocks go back it is the earlier of the two; a time that
 * they skip is an error.
 * @param {string} local as 2020-06-01T00:00
 * @param {string} zone
 */
export function toMilliseconds(local, zone) {
  const parts = LOCAL.exec(local);
  const asUtc = parts ? Date.parse(`${local}${parts[6] ? "" : ":00"}Z`) : NaN;
  if (Number.isNaN(asUtc)) throw new FieldError("expected a date and a time of day");
  // The offset of the zone is within a day either way: one of the offsets that hold around there is the right one.
  const offsets = [-1, 0, 1].map((day) => offsetMilliseconds(asUtc + day * 86_400_000, zone));
  const found = offsets.map((offset) => asUtc - offset).filter((at) => at + offsetMilliseconds(at, zone) === asUtc);
  if (!found.length) throw new FieldError(`the clocks skip this time in ${zone}: choose another`);
  return Math.min(...found);
}

/**
 * A moment as a local time in a zone, to the minute.
 * @param {number} milliseconds
 * @param {string} zone
 */
export function toLocal(milliseconds, zone) {
  return new Date(milliseconds + offsetMilliseconds(milliseconds, zone)).toISOString().slice(0, 16);
}

/** How far a zone is ahead of UTC at a moment. @param {number} milliseconds @param {string} zone */
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
  const known = formats.get(zone);
  if (known) return known;
  try {
    const made = new Intl.DateTimeFormat("en-US", {
      timeZone: zone, hourCycle: "h23", era: undefined,
      year: "numeric", month: "numeric", day: "numeric", hour: "numeric", minute: "numeric", second: "numeric",
    });
    formats.set(zone, made);
    return made;
  } catch {
    throw new FieldError(`this browser knows no time zone of the name “${zone}”`);
  }
}
