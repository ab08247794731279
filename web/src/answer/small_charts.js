/**
 * Small charts: the spread of a distribution in a table row, and a histogram.
 * @module
 */

/** @import { Spread } from "../types.js" */
import { s } from "../ui/dom.js";

/** Width of a chart in its own units: it is stretched to the place that it gets. */
const WIDE = 1000;

/**
 * A spread: thin from the 5th to the 95th percentile, thick from the 25th to the 75th, a line at the median.
 *
 * @param {Spread} spread
 * @param {number} most end of the scale, which starts at 0
 * @param {number | null} mark value to mark
 * @param {string} label description of the chart
 * @returns {SVGSVGElement}
 */
export function strip({ p5, p25, p50, p75, p95 }, most, mark, label) {
  const at = (/** @type {number} */ value) => (most > 0 ? (WIDE * value) / most : 0);
  const box = (
    /** @type {string} */ name,
    /** @type {number} */ from,
    /** @type {number} */ to,
    /** @type {number} */ y,
    /** @type {number} */ height,
  ) => s("rect", { class: name, x: at(from), y, width: Math.max(2, at(to) - at(from)), height });
  return s(
    "svg",
    { class: "strip", viewBox: `0 0 ${WIDE} 20`, preserveAspectRatio: "none", role: "img", "aria-label": label },
    box("track", 0, most, 10, 0.5),
    box("most-of", p5, p95, 8, 4),
    box("half-of", p25, p75, 4, 12),
    s("rect", { class: "middle", x: at(p50) - 3, y: 2, width: 6, height: 16 }),
    mark !== null && s("path", { class: "mark", d: `M${at(mark)} 20v-20`, "vector-effect": "non-scaling-stroke" }),
  );
}

/**
 * A histogram, with a mark.
 *
 * @param {number[]} counts
 * @param {number} most count of a bar of full height
 * @param {number | null} mark position in bars from the left
 * @param {string} label description of the chart
 * @returns {SVGSVGElement}
 */
export function bars(counts, most, mark, label) {
  return s(
    "svg",
    {
      class: "bars",
      viewBox: `0 0 ${counts.length} 100`,
      preserveAspectRatio: "none",
      role: "img",
      "aria-label": label,
    },
    counts.map((count, bin) => {
      const height = most > 0 ? (100 * count) / most : 0;
      return (
        count > 0 &&
        s("rect", { x: bin + 0.06, y: 100 - Math.max(1, height), width: 0.88, height: Math.max(1, height) })
      );
    }),
    mark !== null && s("path", { class: "mark", d: `M${mark} 100V0`, "vector-effect": "non-scaling-stroke" }),
  );
}
