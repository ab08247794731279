/** Numbers and lengths of time as people write them. Each reader gives a value, or throws what was expected. */

const SECONDS = /** @type {Readonly<Record<string, number>>} */ ({ ms: 0.001, s: 1, min: 60, m: 60, h: 3600, d: 86_400, w: 604_800 });
const WORDS = /** @type {Readonly<Record<string, string>>} */ ({
  sec: "s", secs: "s", second: "s", seconds: "s", mins: "min", minute: "min", minutes: "min",
  hr: "h", hrs: "h", hour: "h", hours: "h", day: "d", days: "d", week: "w", weeks: "w",
});

/** What is wrong with a field: its message is for people. */
export class FieldError extends Error {}

/**
 * @param {string} text
 * @param {{least?: number, above?: number, most?: number, whole?: boolean, what: string}} limits
 */
export function number(text, { least = -Infinity, above = -Infinity, most = Infinity, whole = false, what }) {
  const plain = text.trim().replace(/[\u2009\u202f\u00a0 ]/g, "");
  const value = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(plain) ? Number(plain) : NaN;
  const fits = value >= least && value > above && value <= most && (!whole || Number.isInteger(value));
  if (!fits || !Number.isFinite(value)) {
    const comma = /^\d+,\d+$/.test(plain) ? " (with a point for the decimals)" : "";
    throw new FieldError(`expected ${what}${comma}, got ${shown(text)}`);
  }
  return value;
}

/**
 * A length of time in seconds: 36h, 12min, 1h30m, 1.5 days.
 * @param {string} text
 * @param {{some?: boolean}} [options] some: not none
 */
export function seconds(text, { some = false } = {}) {
  const expected = () => new FieldError(`expected a length of time such as 36h, 12min or 1h30m, got ${shown(text)}`);
  const plain = text.trim().toLowerCase();
  if (plain === "0") return nonzero(0, some);
  const parts = [...plain.matchAll(/(\d+\.?\d*|\.\d+)\s*([a-z]+)\s*/gy)];
  if (!parts.length || parts.map(([all]) => all).join("") !== plain) throw expected();
  let sum = 0;
  for (const [, value = "", unit = ""] of parts) {
    const each = SECONDS[WORDS[unit] ?? unit];
    if (!each) throw expected();
    sum += Number(value) * each;
  }
  return nonzero(sum, some);
}

/**
 * A window in seconds: a length of time, or percent of the job's duration.
 * @param {string} text
 * @param {number} duration in seconds
 */
export function windowOf(text, duration) {
  const percent = /^(.*)%$/.exec(text.trim())?.[1];
  if (percent === undefined) {
    try {
      return seconds(text);
    } catch {
      throw new FieldError(`expected a length of time such as 24h, or percent of the duration such as 100%, got ${shown(text)}`);
    }
  }
  const what = "0% to 100000% of the duration";
  return (duration * number(percent, { least: 0, most: 100_000, what })) / 100;
}

/** @param {number} value @param {boolean} some */
function nonzero(value, some) {
  if (some && value === 0) throw new FieldError("expected more than no time, such as 12min");
  return value;
}

/** @param {string} text */
function shown(text) {
  const plain = text.trim();
  if (!plain) return "nothing";
  return `“${plain.length > 40 ? `${plain.slice(0, 40)}…` : plain}”`;
}
