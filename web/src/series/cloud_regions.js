/** Cloud regions by provider: the grid zone of each, the series of that grid, and the country of its yearly average. */

import averages from "../../data/averages.json";
import clouds from "../../data/clouds.json";
import { BUNDLED } from "./bundled.js";
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

/** Stands for the provider of a row that is a country. */
export const COUNTRY = "Country";

/** All cloud regions of the table. @type {readonly CloudRegion[]} */
export const CLOUD_REGIONS = Object.freeze(Object.entries(clouds.providers).flatMap(([provider, rows]) => rows.map((row) => {
  const [id = "", name = "", zone = ""] = row.split(";");
  return { key: `${provider}:${id}`, provider, id, name, zone, country: zone.slice(0, 2) };
})));

/** Every country that has a yearly average, in the shape of a cloud region. @returns {CloudRegion[]} */
export function countries() {
  const names = new Intl.DisplayNames(["en"], { type: "region" });
  return Object.keys(averages.grams_per_kilowatt_hour)
    .map((code) => ({ key: `${COUNTRY}:${code}`, provider: COUNTRY, id: code, name: names.of(code) ?? code, zone: code, country: code }))
    .sort((a, b) => a.name.localeCompare(b.name, "en"));
}

/** The code of a grid zone, with its name where the table has one. @param {string} zone */
export function zoneName(zone) {
  const name = /** @type {Record<string, string>} */ (clouds.zones)[zone];
  return name ? `${zone} (${name})` : zone;
}

/**
 * The series of a region's grid that the page can load.
 * @param {CloudRegion} region
 * @returns {{packs: string[], live: string | null}} names of packs, and the id of a live place
 */
export function seriesOf({ zone }) {
  const packs = /** @type {Record<string, string[]>} */ (clouds.series)[zone] ?? [];
  const place = PLACES.find(({ id }) => id === zone.slice(0, 2).toLowerCase());
  return { packs: packs.filter((name) => BUNDLED.some((pack) => pack.name === name)), live: place?.id ?? null };
}
