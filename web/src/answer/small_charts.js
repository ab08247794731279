/**
 * Small drawings in rows of tables: a spread on a scale that its neighbours share, and bars of counts.
 * @module
 */

/** @import { Spread } from "../types.js" */
import { s } from "./dom.js";

/** Drawings are stretched to their place, so widths are in these units. */
const WIDE = 1000;

/**
 * From the 5th to the 95th percentile thin, from the 25th to the 75th thick, the median a line; a mark where asked.
 *
 * @param {Spread} spread
 * @param {number} most where the scale ends; it begins at 0
 * @param {number | null} mark
 * @param {string} label what it shows, in words
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
 * Counts as bars, and a mark between them.
 *
 * @param {number[]} counts
 * @param {number} most the highest bar there is room for
 * @param {number | null} mark in bars from the left
 * @param {string} label what it shows, in words
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
