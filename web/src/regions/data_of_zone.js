/** The data of a zone as a reader can get them: what the page has, what services publish, and what the command line fetches. */

import services from "../../data/services.json";

/**
 * @typedef {object} ZoneService
 * @property {string} name as the command line takes it
 * @property {string} zone as the service names it
 * @property {string} title
 * @property {string} account none, free or one_zone
 * @property {string} signal
 * @property {string} scope
 * @property {string} step
 * @property {string} ahead how far its forecast reaches; empty without one
 * @property {string} link
 */

/** The services of a zone, in the order of the map. @param {import("./map.js").Zone} zone @returns {ZoneService[]} */
export function servicesOf(zone) {
  return zone.services.flatMap(({ service, zone: name }) => {
    const known = new Map(Object.entries(services.services)).get(service);
    return known ? [{ ...known, name: service, zone: name }] : [];
  });
}

/** The place of a live service that a page may ask without an account; null where there is none. @param {import("./map.js").Zone} zone */
export function livePlaceOf(zone) {
  const found = zone.services.find(({ service }) => service === "gb" || service === "energy_charts");
  return found ? found.zone.toLowerCase() : null;
}
