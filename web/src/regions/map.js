/**
 * The map: cloud regions by provider, the grid zone of each, and the data of each zone. It is made from the tables of crates/feeds
 * when the page is built.
 */

import map from "regions:map";

/** @typedef {[provider: string, id: string, place: string, zone: string, otherZone: string, note: string]} RegionRow */

/**
 * @typedef {object} RegionMap
 * @property {RegionRow[]} regions
 * @property {Record<string, [name: string, services: string[], recorded: string[]]>} zones
 * @property {Record<string, number>} levels of 2025, g CO2e/kWh over the life cycle, by zone
 */

/**
 * A place in which a job can run: a cloud region, or a zone for a machine elsewhere.
 * @typedef {object} Region
 * @property {string} key as the command line takes it: `aws:us-east-1`
 * @property {string} provider
 * @property {string} id as the provider writes it
 * @property {string} place
 * @property {string} zone
 * @property {{zone: string, note: string} | null} disputed another zone, where sources disagree
 * @property {number | null} level of its zone
 */

/**
 * The data of a grid zone.
 * @typedef {object} Zone
 * @property {string} code
 * @property {string} name
 * @property {{service: string, zone: string}[]} services the best first
 * @property {string[]} recorded names of bundled series
 */

/** Year of the levels, and the credit that their licence asks for. */
export const LEVEL_YEAR = 2025;
export const LEVEL_CREDIT = "Electricity Maps, yearly carbon intensity of 2025, ODbL 1.0, via CO2.js";

/** Stands for the provider of a machine outside the three clouds. */
export const ELSEWHERE = "own";

/** The providers, with the names that people know them by, and the PUE that each publishes (by its name in gpus.json). */
export const PROVIDERS = Object.freeze([
  { id: "aws", title: "AWS", operator: "AWS" },
  { id: "azure", title: "Azure", operator: "Microsoft" },
  { id: "gcp", title: "Google Cloud", operator: "Google" },
  { id: ELSEWHERE, title: "Elsewhere", operator: "unknown data centre" },
]);

const { regions, zones, levels } = /** @type {RegionMap} */ (map);
const countryNames = new Intl.DisplayNames(["en"], { type: "region", fallback: "code" });

/** All cloud regions, by provider and name. @type {readonly Region[]} */
const CLOUD_REGIONS = Object.freeze(regions.map(([provider, id, place, zone, otherZone, note]) => ({
  key: `${provider}:${id}`, provider, id, place, zone,
  disputed: otherZone ? { zone: otherZone, note } : null,
  level: levels[zone] ?? null,
})));

/** All zones that have a level, for machines outside the clouds, by name. @type {readonly Region[]} */
const ELSEWHERE_REGIONS = Object.freeze(Object.keys(levels)
  .map((zone) => ({ key: `${ELSEWHERE}:${zone}`, provider: ELSEWHERE, id: zone, place: zoneName(zone), zone, disputed: null, level: levels[zone] ?? null }))
  .sort((a, b) => a.place.localeCompare(b.place, "en")));

/** The regions of a provider. @param {string} provider */
export function regionsOf(provider) {
  return provider === ELSEWHERE ? ELSEWHERE_REGIONS : CLOUD_REGIONS.filter((region) => region.provider === provider);
}

/** The region of a key, in any case; `Country:NO`, as older links have it, is a place elsewhere. @param {string} key */
export function regionOf(key) {
  const plain = key.toLowerCase().replace(/^country:/, `${ELSEWHERE}:`);
  return [...CLOUD_REGIONS, ...ELSEWHERE_REGIONS].find((region) => region.key.toLowerCase() === plain);
}

/** The name of a zone: its own, or its country's with the rest of its code. @param {string} code */
export function zoneName(code) {
  const own = Object.hasOwn(zones, code) ? zones[code]?.[0] : undefined;
  if (own) return own;
  const [country = "", ...rest] = code.split("-");
  const name = /^[A-Z]{2}$/.test(country) ? countryNames.of(country) ?? country : country;
  return rest.length ? `${name}, ${rest.join("-")}` : name;
}

/** The data of a zone; a zone in which no cloud region lies has only its level. @param {string} code @returns {Zone} */
export function zoneOf(code) {
  const [, services = [], recorded = []] = (Object.hasOwn(zones, code) && zones[code]) || [];
  const source = (/** @type {string} */ pair) => {
    const [service = "", zone = ""] = pair.split(":");
    return { service, zone };
  };
  return { code, name: zoneName(code), services: services.map(source), recorded };
}

/** The recorded years of all zones, for the list of series that can be added. */
export function recordedSeries() {
  const names = new Set(Object.values(zones).flatMap(([, , recorded]) => recorded));
  return [...names].map((name) => ({ name, title: seriesTitle(name) }));
}

/** A series as people name it: "Netherlands, 2020". @param {string} series */
export function seriesTitle(series) {
  const [publisher, part = "", year = ""] = series.split("-");
  const utilities = /** @type {Record<string, string>} */ ({ pge: "PG&E, California", sce: "SCE, California" });
  return `${publisher === "sgip" ? utilities[part] ?? part : countryNames.of(part.toUpperCase())}, ${year}`;
}
