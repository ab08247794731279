/** The reader's own region: the one of the last visit, or a guess from the time zone. */

import timeZones from "../../data/time-zones.json";
import { regionOf, regionsOf } from "./map.js";

const KEY = "gpu-carbon-region";

/** The provider of a guess: the largest of the three. */
const PROVIDER = "aws";

/** The region of the last visit; undefined where the browser has none. */
function remembered() {
  try {
    return regionOf(localStorage.getItem(KEY) ?? "")?.key;
  } catch {
    return undefined; // a browser that stores nothing
  }
}

/** Stores the region for the next visit. @param {string} key */
export function remember(key) {
  try {
    localStorage.setItem(KEY, key);
  } catch {
    // a browser that stores nothing: the region holds until the page is closed
  }
}

/**
 * The region with which a page without a link opens.
 * @param {string} timeZone the reader's own
 * @returns {{key: string, guessed: boolean}}
 */
export function openingRegion(timeZone) {
  const key = remembered();
  return key ? { key, guessed: false } : { key: guess(timeZone), guessed: true };
}

/**
 * The region of a provider in the grid zone of a time zone; else the nearest that it has, by the country and the continent.
 * @param {string} timeZone
 * @param {string} [provider]
 * @returns {string}
 */
export function guess(timeZone, provider = PROVIDER) {
  const all = regionsOf(provider);
  const [continent = ""] = timeZone.split("/");
  const zone = Object.entries(timeZones.zones).find(([, names]) => names.split(" ").includes(timeZone))?.[0] ?? "";
  const fallback = new Map(Object.entries(timeZones.continents)).get(continent) ?? "US-MIDA-PJM";
  const inCountry = (/** @type {string} */ code) => all.find((region) => code && region.zone.slice(0, 2) === code.slice(0, 2));
  const found = all.find((region) => region.zone === zone) ?? inCountry(zone) ?? all.find((region) => region.zone === fallback) ?? all[0];
  return found?.key ?? "";
}
