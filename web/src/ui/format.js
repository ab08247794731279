/**
 * Quantities and times as text: few digits, and a suitable unit. The rounding is that of `gpu-carbon plan`.
 * @module
 */

/** Narrow no-break space, between a number and its unit. */
const THIN = "\u202f";

/**
 * A number with three or four significant digits.
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
 * A mass in g, kg or t.
 *
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
 * The common unit of several masses, and a function that writes them in it.
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
 * An energy in Wh, kWh or MWh.
 *
 * @param {number} kilowattHours
 * @returns {string}
 */
export function energy(kilowattHours) {
  if (kilowattHours >= 1e3) return digits(kilowattHours / 1e3) + THIN + "MWh";
  if (kilowattHours >= 1 || kilowattHours === 0) return digits(kilowattHours) + THIN + "kWh";
  return digits(kilowattHours * 1e3) + THIN + "Wh";
}

/**
 * An intensity in g/kWh.
 *
 * @param {number} gramsPerKilowattHour
 * @returns {string}
 */
export function intensity(gramsPerKilowattHour) {
  return digits(gramsPerKilowattHour) + THIN + "g/kWh";
}

/**
 * A ratio in percent.
 *
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
 * A saving as text: "32 % less", "5 % more", "nothing to save".
 *
 * @param {number | null} ratio null where the baseline emits nothing
 * @returns {string}
 */
export function less(ratio) {
  if (ratio === null) return "nothing to save";
  if (ratio === 0) return "no less";
  return ratio > 0 ? `${percent(ratio)} less` : `${percent(-ratio)} more`;
}

/** Durations from this many days on are in days. */
const LEAST_DAYS = 3;

/**
 * A duration as text: "36 h", "1 h 30 min", "21 days 4 h".
 *
 * @param {number} seconds
 * @returns {string}
 */
export function span(seconds) {
  const days = seconds >= LEAST_DAYS * 86_400 ? Math.floor(seconds / 86_400) : 0;
  const rest = spanParts(seconds - days * 86_400).map(([count, unit]) => `${count}${THIN}${unit}`);
  return [...(days ? [`${days} days`] : []), ...rest].join(" ") || `0${THIN}s`;
}

/**
 * A duration in hours, minutes, seconds and milliseconds; parts of zero are left out.
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
 * A count as text: "no pause", "one pause", "7 pauses".
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

/** @typedef {string | number} Time ISO 8601 with an offset, or epoch milliseconds */

/**
 * The time of day: "19:05".
 *
 * @param {Time} time
 * @param {string} zone IANA
 * @returns {string}
 */
export function clock(time, zone) {
  return dateFormat(zone, { hour: "2-digit", minute: "2-digit", hourCycle: "h23" }).format(new Date(time));
}

/**
 * A day: "1 June", with its year or weekday where an option says so.
 *
 * @param {Time} time
 * @param {string} zone IANA
 * @param {{year?: boolean, weekday?: boolean, short?: boolean}} [options]
 * @returns {string}
 */
export function day(time, zone, { year, weekday, short } = {}) {
  return dateFormat(zone, {
    day: "numeric",
    month: short ? "short" : "long",
    ...(year ? { year: "numeric" } : {}),
    ...(weekday ? { weekday: "short" } : {}),
  })
    .format(new Date(time))
    .replace(",", "");
}

/**
 * A day and time, short: "Mon 1 Jun 19:05".
 *
 * @param {Time} time
 * @param {string} zone IANA
 * @returns {string}
 */
export function when(time, zone) {
  return `${day(time, zone, { weekday: true, short: true })} ${clock(time, zone)}`;
}

/**
 * A period: "Mon 1 Jun 02:00–08:00"; the day is repeated only where it changes.
 *
 * @param {Time} start
 * @param {Time} end
 * @param {string} zone IANA
 * @returns {string}
 */
export function period(start, end, zone) {
  const sameDay = day(start, zone, { year: true }) === day(end, zone, { year: true });
  return sameDay ? `${when(start, zone)}\u2013${clock(end, zone)}` : `${when(start, zone)} \u2013 ${when(end, zone)}`;
}

/**
 * The name of a zone with its offset at a time: "Europe/Berlin (UTC+2)", "UTC"; with both offsets where the clocks change until
 * another time: "Europe/Berlin (UTC+2, later UTC+1)".
 *
 * @param {Time} time
 * @param {string} zone IANA
 * @param {Time} [end]
 * @returns {string}
 */
export function zoneName(time, zone, end = time) {
  if (zone === "UTC" || zone === "Etc/UTC") return "UTC";
  const [first, last] = [offset(time, zone), offset(end, zone)];
  return `${zone.replaceAll("_", " ")} (${first === last ? first : `${first}, later ${last}`})`;
}

/**
 * The offset of a zone at a time: "UTC+2".
 *
 * @param {Time} time
 * @param {string} zone IANA
 * @returns {string}
 */
export function offset(time, zone) {
  const parts = dateFormat(zone, { timeZoneName: "shortOffset" }).formatToParts(new Date(time));
  return parts.find(({ type }) => type === "timeZoneName")?.value.replace("GMT", "UTC") ?? "";
}

/**
 * The parts of a local time in a zone, for commands that take local times.
 *
 * @param {Time} time
 * @param {string} zone IANA
 * @returns {{year: number, month: number, day: number, hour: number, minute: number, second: number}}
 */
export function calendar(time, zone) {
  const parts = dateFormat(zone, {
    year: "numeric",
    month: "numeric",
    day: "numeric",
    hour: "numeric",
    minute: "numeric",
    second: "numeric",
    hourCycle: "h23",
  }).formatToParts(new Date(time));
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
