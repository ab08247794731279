/**
 * The symbol of a choice, which differs from the others in pattern as well as colour.
 * @module
 */

/** @import { ChoiceKey } from "../types.js" */
import { s } from "../ui/dom.js";

/**
 * A small picture of the symbol.
 *
 * @param {ChoiceKey} key
 * @returns {SVGSVGElement}
 */
export function swatch(key) {
  return s(
    "svg",
    { class: `swatch plan-${key}`, viewBox: "0 0 14 14", width: 14, height: 14, "aria-hidden": "true" },
    symbol(key),
  );
}

/** @param {ChoiceKey} key */
function symbol(key) {
  const box = s("rect", {
    class: key === "pauses" || key === "all" ? "solid" : "outline",
    x: 1,
    y: 3,
    width: 12,
    height: 8,
  });
  switch (key) {
    case "now":
      return [box];
    case "start":
      return [box, s("path", { class: "outline", d: "M1 8 6 3M3 11 11 3M8 11 13 6" })];
    case "pauses":
      return [s("path", { class: "solid", d: "M1 3h4v8H1zM9 3h4v8H9z" })];
    case "region":
      return [s("path", { class: "outline", d: "M1 7h11M8 3l4 4-4 4" })];
    case "all":
      return [s("path", { class: "solid", d: "M7 1 13 7 7 13 1 7z" })];
  }
}
