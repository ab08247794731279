/** A question fitted to a series: to the end of a forecast, or to the same time of a recorded year. */

const DAY = 86_400_000;

/** Length from which on a series is a year on which other dates are mapped. */
const LEAST_YEAR = 360 * DAY;

/**
 * @typedef {object} Fitted
 * @property {import("../types.js").Request} request
 * @property {"forecast" | "recorded" | "given"} kind
 * @property {{start: string, window: number} | null} recordedDay the start and window that were asked, where they were mapped
 * @property {number | null} cutTo the end of the series, where the window was cut to it
 */

/**
 * Fits a question about a region to a series. A start that the series covers stays; its window is cut to the series' end. Else the
 * start is mapped by the time of year onto a recorded year.
 * @param {import("../types.js").Request} request
 * @param {import("../types.js").Series} series
 * @returns {Fitted | null} null where the series has neither the time of the job nor a year
 */
export function fitted(request, series) {
  const [start, duration, window] = [Date.parse(request.start), request.job.duration_seconds * 1000, request.window_seconds * 1000];
  const { startMilliseconds: from, endMilliseconds: end } = series;
  if (from <= start && start + duration <= end) {
    const room = end - start - duration;
    const kind = series.kind === "live" || series.quality === "forecast" ? "forecast" : "given";
    if (room >= window) return { request, kind, recordedDay: null, cutTo: null };
    return { request: { ...request, window_seconds: room / 1000 }, kind, recordedDay: null, cutTo: end };
  }
  if (end - from < LEAST_YEAR || duration > end - from) return null;
  const spare = Math.min(window, end - from - duration);
  const mapped = Math.max(from, Math.min(mappedTo(start, from, end), end - duration - spare));
  const moved = { ...request, start: new Date(mapped).toISOString().replace(".000Z", "Z"), window_seconds: spare / 1000 };
  return { request: moved, kind: "recorded", recordedDay: { start: request.start, window: request.window_seconds }, cutTo: null };
}

/** The same day and time of the year in a series; 29 February is the 28th where the year has none. @param {number} time @param {number} from @param {number} end */
function mappedTo(time, from, end) {
  const date = new Date(time);
  for (const year of [new Date(from).getUTCFullYear(), new Date(end - 1).getUTCFullYear()]) {
    const mapped = new Date(time);
    mapped.setUTCFullYear(year);
    if (mapped.getUTCMonth() !== date.getUTCMonth()) mapped.setUTCDate(0); // 29 February became 1 March
    if (from <= mapped.getTime() && mapped.getTime() < end) return mapped.getTime();
  }
  return from;
}
