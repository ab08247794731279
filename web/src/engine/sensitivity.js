/** The long work after an answer: every start of a year, savings against extra hours, what pauses may cost. */

const EXTRA_HOURS = [0, 1, 2, 3, 4, 6, 8, 10, 12, 15, 18, 21, 24, 30, 36, 42, 48, 60, 72];

/**
 * @param {import("./plan.js").Engine} engine
 * @param {Map<string, import("./plan.js").Region>} open
 * @param {{request: import("../types.js").Request, names: string[], utcOffsetMinutes: number}} question
 * @param {(part: unknown) => void} part
 * @param {() => boolean} wanted whether the reader still asks this
 */
export async function explore(engine, open, { request, names, utcOffsetMinutes }, part, wanted) {
  const home = open.get(request.home_region ?? "");
  const others = names.filter((name) => name !== request.home_region).flatMap((name) => open.get(name) ?? []);
  const regions = home ? [home, ...others] : others;
  const options = { utc_offset_minutes: utcOffsetMinutes, starts: /** @type {const} */ ("every") };
  /** @type {(() => object)[]} */
  const work = regions.map((region) => () => {
    const year = engine.year({ ...request, home_region: region.name }, region, options);
    return { year: { name: region.name, signal: region.signal, year } };
  });
  if (home) {
    const about = { name: home.name, signal: home.signal };
    work.splice(1, 0,
      () => ({ curve: { ...about, curve: engine.curve(request, home, EXTRA_HOURS) } }),
      () => ({ prices: { ...about, prices: engine.pauseCosts(request, home) } }));
  }
  for (const [done, piece] of work.entries()) {
    await turn(); // a newer question may have come
    if (!wanted()) return false;
    part({ ...attempt(piece), fraction: (done + 1) / work.length });
  }
  return true;
}

/** A piece that has no answer, such as a year of a series that is too short, is left out. @param {() => object} piece */
function attempt(piece) {
  try {
    return piece();
  } catch (error) {
    return { left: /** @type {Error} */ (error).message };
  }
}

/** Lets what waits in the queue run first. */
function turn() {
  return new Promise((resolve) => setTimeout(resolve));
}
