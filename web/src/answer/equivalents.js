/**
 * Emissions, said in things that people can picture.
 * @module
 */

/** @import { Model } from "../types.js" */
/** @import { Choice } from "./choices.js" */
import { h, more, table } from "./dom.js";
import { digits, mass } from "./format.js";

/** Fewer than this of a thing is no picture. */
const PICTURED = 0.1;

/**
 * @param {Model} model
 * @param {Choice[]} choices
 * @returns {HTMLElement[]}
 */
export function pictures({ counted }, choices) {
  const shown = choices.filter(({ key }) => counted[key]);
  const editions = counted.now?.equivalents ?? [];
  const newest = editions.toSorted((a, b) => b.edition.year - a.edition.year);
  return newest.map(({ edition, items }, index) => {
    const place = editions.findIndex((one) => one.edition === edition);
    const rows = items
      .filter(({ count }) => count >= PICTURED || items[0]?.count === count)
      .map(({ many, name }) => [
        many,
        ...shown.map(({ key }) =>
          digits(counted[key]?.equivalents[place]?.items.find((item) => item.name === name)?.count ?? 0),
        ),
      ]);
    const title = `By the factors of ${edition.year}: ${edition.source}`;
    const found = table(title, ["As much as", ...shown.map(({ label, grams }) => `${label}, ${mass(grams)}`)], rows);
    const scroll = h("div", { class: "scroll", tabindex: 0, role: "group", "aria-label": title }, found);
    return index === 0 ? scroll : more(title, scroll);
  });
}
