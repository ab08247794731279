/**
 * Tables of everyday things that emit as much as each choice.
 * @module
 */

/** @import { Model } from "../types.js" */
/** @import { Choice } from "./choices.js" */
import { details, h, table } from "../ui/dom.js";
import { digits, mass } from "../ui/format.js";

/** The units that most people know beside those of the factors: exact, by the international yard and the US gallon. */
const METRIC = /** @type {Readonly<Record<string, {many: string, size: number}>>} */ ({
  "mile driven by a car": { many: "kilometres", size: 1.609344 },
  "gallon of petrol": { many: "litres", size: 3.785411784 },
});

/** Things of which there would be fewer than this are left out. */
const LEAST_COUNT = 0.1;

/**
 * The tables, one for each edition of the factors, newest first.
 *
 * @param {Model} model
 * @param {Choice[]} choices
 * @returns {HTMLElement[]}
 */
export function equivalentsTables({ figures }, choices) {
  const shown = choices.filter(({ key }) => figures[key]);
  const editions = figures.now?.equivalents ?? [];
  const newest = editions.toSorted((a, b) => b.edition.year - a.edition.year);
  return newest.map(({ edition, items }, index) => {
    const position = editions.findIndex((one) => one.edition === edition);
    const rows = items
      .filter(({ count }) => count >= LEAST_COUNT || items[0]?.count === count)
      .map(({ many, name }) => {
        const metric = Object.hasOwn(METRIC, name) ? METRIC[name] : undefined;
        return [
          metric ? `${many} (${metric.many})` : many,
          ...shown.map(({ key }) => {
            const count = figures[key]?.equivalents[position]?.items.find((item) => item.name === name)?.count ?? 0;
            return metric ? `${digits(count)} (${digits(count * metric.size)})` : digits(count);
          }),
        ];
      });
    const title = `Factors of ${edition.year}: ${edition.source}`;
    const found = table(title, ["Equal to", ...shown.map(({ label, grams }) => `${label}, ${mass(grams)}`)], rows);
    const scroll = h("div", { class: "scroll", tabindex: 0, role: "group", "aria-label": title }, found);
    return index === 0 ? scroll : details(title, scroll);
  });
}
