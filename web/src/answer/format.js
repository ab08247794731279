/**
 * Quantities and moments for people: few digits, and the unit that suits. The rounding is that of `gpu-carbon plan`.
 * @module
 */

/** A space that does not break, narrow: between a number and its unit. */
const THIN = "\u202f";

/**
 * Three or four digits that count.
 *
 * @param {number} number
 * @returns {string}
 */
export function digits(number) {
  const size = Math.abs(number);
  if (number === 0) return "0";
  if (size >= 1e4) return Math.round(number).toLocaleString("en").replaceAll(",", THIN);
  if (size >= 100) return number.toFixed(0);
  if (size >= 10) return number.toFixed(1);
  if (size >= 0.01) return number.toFixed(2);
  return number.toExponential(1).replace("e-", "e\u2212");
}

/**
 * @param {number} grams of CO2e
 * @returns {string}
 */
export function mass(grams) {
  const size = Math.abs(grams);
  if (size >= 1e6) return digits(grams / 1e6) + THIN + "t";
  if (size >= 1e3) return digits(grams / 1e3) + THIN + "kg";
  return digits(grams) + THIN + "g";
}

/**
 * The one unit in which several masses are read beside one another, and how to write them in it.
 *
 * @param {number} most the largest of them, grams
 * @returns {{unit: string, write: (grams: number) => string}}
 */
export function massScale(most) {
  const { unit, size } =
    most >= 1e6 ? { unit: "t", size: 1e6 } : most >= 1e3 ? { unit: "kg", size: 1e3 } : { unit: "g", size: 1 };
  const places = most / size >= 100 ? 0 : most / size >= 10 ? 1 : 2;
  return { unit, write: (grams) => (grams / size).toFixed(places) };
}

/**
 * @param {number} kilowattHours
 * @returns {string}
 */
export function energy(kilowattHours) {
  if (kilowattHours >= 1e3) return digits(kilowattHours / 1e3) + THIN + "MWh";
  if (kilowattHours >= 1 || kilowattHours === 0) return digits(kilowattHours) + THIN + "kWh";
  return digits(kilowattHours * 1e3) + THIN + "Wh";
}

/**
 * @param {number} gramsPerKilowattHour
 * @returns {string}
 */
export function intensity(gramsPerKilowattHour) {
  return digits(gramsPerKilowattHour) + THIN + "g/kWh";
}

/**
 * @param {number} ratio
 * @returns {string}
 */
export function percent(ratio) {
  const percents = ratio * 100;
  if (percents !== 0 && Math.abs(percents) < 0.05) return (percents < 0 ? "> \u2212" : "< ") + "0.1" + THIN + "%";
  const places = Math.abs(percents) >= 10 || percents === 0 ? 0 : 1;
  return percents.toFixed(places).replace("-", "\u2212") + THIN + "%";
}

/**
 * What a saving comes to: "32 % less", "5 % more", "nothing to save".
 *
 * @param {number | null} ratio null where the baseline emits nothing
 * @returns {string}
 */
export function less(ratio) {
  if (ratio === null) return "nothing to save";
  if (ratio === 0) return "no less";
  return ratio > 0 ? `${percent(ratio)} less` : `${percent(-ratio)} more`;
}

/**
 * A length of time: "36 h", "1 h 30 min".
 *
 * @param {number} seconds
 * @returns {string}
 */
export function span(seconds) {
  return (
    spanParts(seconds)
      .map(([count, unit]) => `${count}${THIN}${unit}`)
      .join(" ") || `0${THIN}s`
  );
}

/**
 * A length of time in the parts that it is read and typed in.
 *
 * @param {number} seconds
 * @returns {[number, 'h' | 'min' | 's' | 'ms'][]}
 */
export function spanParts(seconds) {
  const milliseconds = Math.round(seconds * 1e3);
  /** @type {[number, 'h' | 'min' | 's' | 'ms'][]} */
  const parts = [
    [Math.floor(milliseconds / 3_600_000), "h"],
    [Math.floor(milliseconds / 60_000) % 60, "min"],
    [Math.floor(milliseconds / 1e3) % 60, "s"],
    [milliseconds % 1e3, "ms"],
  ];
  return parts.filter(([count]) => count > 0);
}

/**
 * A number of things, in words: "no pause", "one pause", "7 pauses".
 *
 * @param {number} number
 * @param {string} one
 * @param {string} [many]
 * @returns {string}
 */
export function count(number, one, many = `${one}s`) {
  if (number === 0) return `no ${one}`;
  return number === 1 ? `one ${one}` : `${number.toLocaleString("en")} ${many}`;
}

/** @type {Map<string, Intl.DateTimeFormat>} */
const formats = new Map();

/**
 * @param {string} zone IANA
 * @param {Intl.DateTimeFormatOptions} options
 * @returns {Intl.DateTimeFormat}
 */
function dateFormat(zone, options) {
  const key = zone + JSON.stringify(options);
  const format = formats.get(key) ?? new Intl.DateTimeFormat("en-GB", { timeZone: zone, ...options });
  formats.set(key, format);
  return format;
}

/** @typedef {string | number} Moment ISO with an offset, or epoch milliseconds */

/**
 * A clock's time: "19:05".
 *
 * @param {Moment} moment
 * @param {string} zone IANA
 * @returns {string}
 */
export function clock(moment, zone) {
  return dateFormat(zone, { hour: "2-digit", minute: "2-digit", hourCycle: "h23" }).format(new Date(moment));
}

/**
 * A day: "1 June", or with its year where `year` is asked for.
 *
 * @param {Moment} moment
 * @param {string} zone IANA
 * @param {{year?: boolean, weekday?: boolean, short?: boolean}} [options]
 * @returns {string}
 */
export function day(moment, zone, { year, weekday, short } = {}) {
  return dateFormat(zone, {
    day: "numeric",
    month: short ? "short" : "long",
    ...(year ? { year: "numeric" } : {}),
    ...(weekday ? { weekday: "short" } : {}),
  })
    .format(new Date(moment))
    .replace(",", "");
}

/**
 * A moment in a table: "Mon 1 Jun 19:05".
 *
 * @param {Moment} moment
 * @param {string} zone IANA
 * @returns {string}
 */
export function when(moment, zone) {
  return `${day(moment, zone, { weekday: true, short: true })} ${clock(moment, zone)}`;
}

/**
 * A time from one moment to another; the day is not said twice.
 *
 * @param {Moment} start
 * @param {Moment} end
 * @param {string} zone IANA
 * @returns {string}
 */
export function period(start, end, zone) {
  const sameDay = day(start, zone, { year: true }) === day(end, zone, { year: true });
  return sameDay ? `${when(start, zone)}\u2013${clock(end, zone)}` : `${when(start, zone)} \u2013 ${when(end, zone)}`;
}

/**
 * A zone as it is at a moment: "Europe/Berlin (UTC+2)", "UTC".
 *
 * @param {Moment} moment
 * @param {string} zone IANA
 * @returns {string}
 */
export function zoneName(moment, zone) {
  if (zone === "UTC" || zone === "Etc/UTC") return "UTC";
  const parts = dateFormat(zone, { timeZoneName: "shortOffset" }).formatToParts(new Date(moment));
  const offset = parts.find(({ type }) => type === "timeZoneName")?.value.replace("GMT", "UTC");
  return `${zone.replaceAll("_", " ")} (${offset})`;
}

/**
 * What a clock and a calendar show in a zone: for commands that take local times.
 *
 * @param {Moment} moment
 * @param {string} zone IANA
 * @returns {{year: number, month: number, day: number, hour: number, minute: number, second: number}}
 */
export function calendar(moment, zone) {
  const parts = dateFormat(zone, {
    year: "numeric",
    month: "numeric",
    day: "numeric",
    hour: "numeric",
    minute: "numeric",
    second: "numeric",
    hourCycle: "h23",
  }).formatToParts(new Date(moment));
  const number = (/** @type {string} */ type) => Number(parts.find((part) => part.type === type)?.value);
  return {
    year: number("year"),
    month: number("month"),
    day: number("day"),
    hour: number("hour"),
    minute: number("minute"),
    second: number("second"),
  };
}
