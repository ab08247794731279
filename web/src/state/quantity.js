/** Parsers of numbers and durations as people write them. Each returns a value, or throws the expected format. */

const SECONDS = /** @type {Readonly<Record<string, number>>} */ ({ ms: 0.001, s: 1, min: 60, m: 60, h: 3600, d: 86_400, w: 604_800 });
const UNIT_NAMES = /** @type {Readonly<Record<string, string>>} */ ({
  sec: "s", secs: "s", second: "s", seconds: "s", mins: "min", minute: "min", minutes: "min",
  hr: "h", hrs: "h", hour: "h", hours: "h", day: "d", days: "d", week: "w", weeks: "w",
});

/** Units of no fixed length. */
const UNEQUAL = /^(mo|mon|mons|months?|y|yrs?|years?)$/;

/** An error in a field, with a message for the reader. */
export class FieldError extends Error {}

/**
 * A number within limits.
 * @param {string} text
 * @param {{least?: number, above?: number, most?: number, whole?: boolean, unit?: string, what: string}} limits unit: may be typed, too
 */
export function number(text, { least = -Infinity, above = -Infinity, most = Infinity, whole = false, unit = "", what }) {
  const bare = text.trim().replace(/[\u2009\u202f\u00a0 ]/g, "");
  const hasUnit = unit !== "" && bare.toLowerCase().endsWith(unit.toLowerCase());
  const plain = withPoint(hasUnit ? bare.slice(0, -unit.length) : bare);
  const value = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(plain) ? Number(plain) : NaN;
  const valid = value >= least && value > above && value <= most && (!whole || Number.isInteger(value));
  if (!valid || !Number.isFinite(value)) {
    const comma = /\d,\d{3}(\D|$)/.test(plain) ? ": is the comma a decimal one? Write 1.234 or 1234" : "";
    throw new FieldError(`expected ${what}, got ${quoted(text)}${comma}`);
  }
  return value;
}

/** A text with points for decimal commas. Before three digits a comma may stand for thousands: it stays, and is an error. @param {string} text */
function withPoint(text) {
  return text.replaceAll(/(\d),(\d{1,2}|\d{4,})(?!\d)/g, "$1.$2");
}

/** Longest duration of a job: a recorded year holds no longer one. */
const LONGEST_SECONDS = 366 * 86_400;

/**
 * A duration in seconds, from text such as 36h, 12min, 1h30m, 1.5 days or 1,5h.
 * @param {string} text
 * @param {{positive?: boolean, bare?: boolean}} [options] positive: zero is an error; bare: a number without a unit is in hours
 */
export function seconds(text, { positive = false, bare = false } = {}) {
  const expected = () => new FieldError(`expected a duration such as 36h, 12min or 1h30m, got ${quoted(text)}`);
  const plain = withPoint(text.trim().toLowerCase());
  if (plain === "0") return checked(0, positive);
  if (bare && /^(\d+\.?\d*|\.\d+)$/.test(plain)) return checked(Number(plain) * 3600, positive);
  const parts = [...plain.matchAll(/(\d+\.?\d*|\.\d+)\s*([a-z]+)\s*/gy)];
  if (!parts.length || parts.map(([all]) => all).join("") !== plain) throw expected();
  let sum = 0;
  for (const [, value = "", unit = ""] of parts) {
    if (UNEQUAL.test(unit)) throw new FieldError(`months and years differ in length: give days or weeks, such as 60 days, not ${quoted(text)}`);
    const each = SECONDS[UNIT_NAMES[unit] ?? unit];
    if (!each) throw expected();
    sum += Number(value) * each;
  }
  return checked(sum, positive);
}

/**
 * A window in seconds, from a duration or percent of the job's duration.
 * @param {string} text
 * @param {number} duration in seconds
 */
export function windowOf(text, duration) {
  const percent = /^(.*)%$/.exec(text.trim())?.[1];
  if (percent === undefined) {
    try {
      return seconds(text, { bare: true });
    } catch (error) {
      if (error instanceof FieldError && !error.message.startsWith("expected a duration")) throw error;
      throw new FieldError(`expected a duration such as 24h, or percent of the job’s duration such as 100%, got ${quoted(text)}`);
    }
  }
  const what = "0% to 100000% of the job’s duration";
  return (duration * number(percent, { least: 0, most: 100_000, what })) / 100;
}

/** @param {number} value @param {boolean} positive */
function checked(value, positive) {
  if (positive && value === 0) throw new FieldError("expected a duration above zero, such as 12min");
  if (value > LONGEST_SECONDS) throw new FieldError(`expected a year at most, got ${Math.round(value / 86_400).toLocaleString("en")} days: plan its parts one by one`);
  return value;
}

/** The text as an error quotes it. @param {string} text */
export function quoted(text) {
  const plain = text.trim();
  if (!plain) return "nothing";
  return `“${plain.length > 40 ? `${plain.slice(0, 40)}…` : plain}”`;
}
