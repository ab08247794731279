/** Synthetic series and profiles for the tests: the same for the same seed. */

/** Pseudorandom numbers from 0 to 1. @param {number} seed @returns {() => number} */
function random(seed) {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

/**
 * A series of intensity as a CSV: a daily wave with slow noise, over 2020 by default.
 * @param {number} seed
 * @param {{from?: string, days?: number, minutes?: number}} [options]
 */
export function year(seed, { from = "2020-01-01T00:00:00Z", days = 366, minutes = 5 } = {}) {
  const next = random(seed);
  const rows = ["timestamp_utc,gco2_per_kwh"];
  let noise = 0;
  for (let slot = 0; slot < (days * 1440) / minutes; slot += 1) {
    const at = Date.parse(from) + slot * minutes * 60_000;
    noise = 0.995 * noise + 0.1 * (next() - 0.5);
    const wave = 1 + 0.4 * Math.sin((at / 86_400_000 + seed / 7) * 2 * Math.PI) + noise;
    rows.push(`${new Date(at).toISOString().replace(".000Z", "Z")},${Math.max(0, 300 * wave).toFixed(2)}`);
  }
  return `${rows.join("\n")}\n`;
}

/** A profile of power as a CSV. */
export function profile() {
  return "offset_seconds,power_watts\n0,300\n1800,1100.5\n7200,950\n18000,200\n";
}
