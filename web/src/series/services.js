/** The services that a page may ask: their addresses and requests. A request is sent only on a click. */

const GB = "https://api.carbonintensity.org.uk";
const ENERGY_CHARTS = "https://api.energy-charts.info";
const ELECTRICITY_MAPS = "https://api.electricitymaps.com";

/** The regions in the order of the GB API's numbers. */
const GB_REGIONS = [
  "North Scotland", "South Scotland", "North West England", "North East England", "Yorkshire",
  "North Wales and Merseyside", "South Wales", "West Midlands", "East Midlands", "East England",
  "South West England", "South England", "London", "South East England", "England", "Scotland", "Wales",
];
const COUNTRIES = [
  "at", "be", "bg", "ch", "cz", "de", "dk", "ee", "es", "fi", "fr", "gr", "hr", "hu", "ie", "it", "lt", "lv", "nl", "no",
  "pl", "pt", "ro", "se", "si", "sk",
];

/**
 * @typedef {object} Place
 * @property {string} id
 * @property {string} name
 * @property {string} group
 * @property {(now: Date) => string} path path of the request
 * @property {string} base
 */

/** The places that the services cover. @type {readonly Place[]} */
export const PLACES = Object.freeze([
  place("gb", "Great Britain", "NESO", GB, (now) => `/intensity/${minute(now)}/fw48h`),
  ...GB_REGIONS.map((name, index) =>
    place(`gb-${index + 1}`, name, "NESO, by region", GB, (now) => `/regional/intensity/${minute(now)}/fw48h/regionid/${index + 1}`)),
  ...COUNTRIES.map((country) =>
    place(country, countryName(country), "Energy-Charts", ENERGY_CHARTS, () => `/co2eq?country=${country}`)),
]);

/**
 * Requests the present and forecast intensity of a place.
 * @param {Place} place
 * @param {string} page the page's own address: with ?services=PATH, requests go to that path of the page's own origin,
 *   such as a proxy's; any other origin is an error
 * @param {string} [token] of a service that asks for one; it is sent to that service alone, and stored nowhere
 * @returns {Promise<string>} the body of the response
 */
export async function fetchIntensity({ base, path, name }, page, token) {
  const address = new URL(baseOf(base, page) + path(new Date()));
  const headers = token ? { "auth-token": token } : undefined;
  /** @type {Response} */
  let response;
  try {
    response = await fetch(address, { headers, cache: "no-store", credentials: "omit", referrerPolicy: "no-referrer", signal: AbortSignal.timeout(20_000) });
  } catch (error) {
    const slow = /^(Timeout|Abort)Error$/.test(/** @type {Error} */ (error).name); // Chrome before 124 calls it an abort
    throw new Error(slow ? `${address.host} did not answer within 20 seconds: try again later` : `${address.host} could not be reached: check the network${token ? ", or the service does not answer pages: use gpu-carbon pull" : ""}`);
  }
  if (!response.ok) throw new Error(`${address.host} answered ${response.status} for ${name}: ${(await messageOf(response)) || "try again later"}`);
  return response.text();
}

/** The forecast of Electricity Maps for a zone, which takes a token. @param {string} zone @param {string} name @returns {Place} */
export function electricityMapsPlace(zone, name) {
  return place(zone, name, "Electricity Maps", ELECTRICITY_MAPS, () => `/v3/carbon-intensity/forecast?zone=${encodeURIComponent(zone)}`);
}

/** @param {string} base @param {string} page */
function baseOf(base, page) {
  const other = new URL(page).searchParams.get("services");
  if (!other) return base;
  const address = new URL(other, page);
  if (address.origin !== new URL(page).origin) throw new Error("?services= must be a path of this page's own origin");
  return `${address.href.replace(/\/$/, "")}/${new URL(base).host}`;
}

/** The message of an error response, where it has a short one. @param {Response} response */
async function messageOf(response) {
  const text = await response.text().catch(() => "");
  try {
    const { error, message } = JSON.parse(text);
    const found = error?.message ?? message ?? error;
    return typeof found === "string" ? found.slice(0, 200) : "";
  } catch {
    return "";
  }
}

/** @param {string} id @param {string} name @param {string} group @param {string} base @param {(now: Date) => string} path @returns {Place} */
function place(id, name, group, base, path) {
  return { id, name, group, base, path };
}

/** A time to the minute, in the GB API's format. @param {Date} now */
function minute(now) {
  return `${now.toISOString().slice(0, 16)}Z`;
}

/** @param {string} code */
function countryName(code) {
  return new Intl.DisplayNames(["en"], { type: "region" }).of(code.toUpperCase()) ?? code;
}
