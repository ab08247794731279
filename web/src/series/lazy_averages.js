/** The table of yearly averages, loaded when the reader first opens it. */

import { NOT_LOADED } from "../engine/messages.js";

/**
 * Creates the stand-in for the table until it is loaded.
 * @param {Parameters<typeof import("./averages.js").createAverages>[0]} engine
 * @param {Parameters<typeof import("./averages.js").createAverages>[1]} page
 * @returns {ReturnType<typeof import("./averages.js").createAverages>}
 */
export function createLazyAverages(engine, page) {
  const fold = /** @type {HTMLDetailsElement} */ (document.getElementById("clouds"));
  /** @type {ReturnType<typeof import("./averages.js").createAverages> | null} */
  let loaded = null;
  let regions = "";
  /** @type {[number, number] | null} */
  let shown = null;
  fold.addEventListener("toggle", () => fold.open && void load());

  async function load() {
    if (loaded) return;
    const place = /** @type {HTMLElement} */ (document.getElementById("averages"));
    const averages = await import("./averages.js").catch(() => null);
    place.textContent = averages ? "" : NOT_LOADED;
    if (!averages) return;
    const { createAverages } = averages;
    loaded ??= createAverages(engine, page);
    loaded.fill(regions);
    if (shown) loaded.show(...shown);
  }

  return {
    value: () => loaded?.value() ?? regions,
    fill(value) {
      regions = value;
      if (loaded) loaded.fill(value);
      else if (value) fold.open = true; // opening it loads the table
    },
    show(...energy) {
      shown = energy;
      loaded?.show(...energy);
    },
  };
}
