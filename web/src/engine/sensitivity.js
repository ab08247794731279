/** The slow analyses that follow an answer: every start of a year, savings by extra hours, and emissions by the energy of a pause. */

const EXTRA_HOURS = [0, 1, 2, 3, 4, 6, 8, 10, 12, 15, 18, 21, 24, 30, 36, 42, 48, 60, 72];

/**
 * Runs the analyses one after another, the home region's first.
 * @param {import("./plan.js").Engine} engine
 * @param {Map<string, import("./plan.js").Region>} open
 * @param {{request: import("../types.js").Request, names: string[], utcOffsetMinutes: number}} question
 * @param {(result: unknown) => void} onResult
 * @param {() => boolean} isCurrent false once the reader asks something else
 * @returns {Promise<boolean>} false: ended before all was done
 */
export async function sensitivity(engine, open, { request, names, utcOffsetMinutes }, onResult, isCurrent) {
  const home = open.get(request.home_region ?? "");
  const others = names.filter((name) => name !== request.home_region).flatMap((name) => open.get(name) ?? []);
  const regions = home ? [home, ...others] : others;
  const options = { utc_offset_minutes: utcOffsetMinutes, starts: /** @type {const} */ ("every") };
  /** @type {(() => object)[]} */
  const analyses = regions.map((region) => () => {
    const year = engine.year({ ...request, home_region: region.name }, region, options);
    return { year: { name: region.name, signal: region.signal, year } };
  });
  if (home) {
    const about = { name: home.name, signal: home.signal };
    analyses.splice(1, 0,
      () => ({ curve: { ...about, curve: engine.curve(request, home, EXTRA_HOURS) } }),
      ...(request.pause_costs.most_pauses === 0 ? [] : [() => ({ pauseCosts: { ...about, curve: engine.pauseCosts(request, home) } })]));
  }
  for (const [done, analysis] of analyses.entries()) {
    await nextTask(); // a newer question may have arrived
    if (!isCurrent()) return false;
    onResult({ ...attempt(analysis), fraction: (done + 1) / analyses.length });
  }
  return true;
}

/** Runs an analysis. One without a result, such as a year of a series that is too short, is skipped. @param {() => object} analysis */
function attempt(analysis) {
  try {
    return analysis();
  } catch (error) {
    return { skipped: /** @type {Error} */ (error).message };
  }
}

/** Lets the messages that wait in the queue run first. */
export function nextTask() {
  return new Promise((resolve) => setTimeout(resolve));
}
