/** Cloud regions by provider and name: the grid of each, the series that there are of it, and the yearly average of its country. */

import averages from "../../data/averages.json";
import clouds from "../../data/clouds.json";
import { PACKS } from "./index.js";
import { PLACES } from "./services.js";

/**
 * @typedef {object} CloudRegion
 * @property {string} key provider and id
 * @property {string} provider
 * @property {string} id
 * @property {string} name
 * @property {string} zone
 * @property {string} country ISO 3166, two letters
 */

/** Where a provider would stand. */
export const COUNTRY = "Country";

/** @type {readonly CloudRegion[]} */
export const CLOUDS = Object.freeze(Object.entries(clouds.providers).flatMap(([provider, rows]) => rows.map((row) => {
  const [id = "", name = "", zone = ""] = row.split(";");
  return { key: `${provider}:${id}`, provider, id, name, zone, country: zone.slice(0, 2) };
})));

/** Every country that has a yearly average, as if it were a region of a provider. @returns {CloudRegion[]} */
export function countries() {
  const names = new Intl.DisplayNames(["en"], { type: "region" });
  return Object.keys(averages.grams_per_kilowatt_hour)
    .map((code) => ({ key: `${COUNTRY}:${code}`, provider: COUNTRY, id: code, name: names.of(code) ?? code, zone: code, country: code }))
    .sort((a, b) => a.name.localeCompare(b.name, "en"));
}

/** The grid's zone, with its name where it has one. @param {string} zone */
export function zoneName(zone) {
  const name = /** @type {Record<string, string>} */ (clouds.zones)[zone];
  return name ? `${zone} (${name})` : zone;
}

/**
 * What there is of a region's grid, hour by hour.
 * @param {CloudRegion} region
 * @returns {{packs: string[], live: string | null}} names of packs, and the id of a live place
 */
export function seriesOf({ zone }) {
  const packs = /** @type {Record<string, string[]>} */ (clouds.series)[zone] ?? [];
  const place = PLACES.find(({ id }) => id === zone.slice(0, 2).toLowerCase());
  return { packs: packs.filter((name) => PACKS.some((pack) => pack.name === name)), live: place?.id ?? null };
}
