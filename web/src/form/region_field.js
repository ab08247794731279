/** The fields of the reader's region: a provider, and its regions. */

import { ELSEWHERE, regionOf, regionsOf } from "../regions/map.js";
import { offerRegions } from "./options.js";

/**
 * Connects the fields.
 * @param {HTMLFormElement} root
 * @param {() => void} changed
 * @param {(provider: string) => string | null} guessFor the reader's own region of a provider, by their time zone; null where they have chosen one
 */
export function createRegionField(root, changed, guessFor) {
  const radios = /** @type {NodeListOf<HTMLInputElement>} */ (root.querySelectorAll("input[name=provider]"));
  const select = /** @type {HTMLSelectElement} */ (document.getElementById("region"));
  let offered = "";

  /** @param {string} provider */
  function offer(provider) {
    for (const radio of radios) radio.checked = radio.value === provider;
    if (provider === offered) return;
    offered = provider;
    offerRegions(provider);
  }
  for (const radio of radios) {
    radio.addEventListener("change", () => {
      const near = guessFor(radio.value) ?? nearest(radio.value, regionOf(select.value)?.zone ?? "");
      offer(radio.value);
      select.value = near;
      changed();
    });
  }
  return {
    /** Offers the regions of a region's provider, so that the form can select it. @param {string} key */
    fill: (key) => offer(regionOf(key)?.provider ?? "aws"),
  };
}

/** A provider's region in a zone, or else in its country, or else its first. @param {string} provider @param {string} zone */
function nearest(provider, zone) {
  const all = regionsOf(provider);
  const country = zone.slice(0, 2);
  const fallback = provider === ELSEWHERE ? all.find(({ id }) => id === country) : undefined;
  const found = all.find((region) => region.zone === zone) ?? fallback ?? all.find((region) => country && region.zone.startsWith(country)) ?? all[0];
  return found?.key ?? "";
}
