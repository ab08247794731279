/** The two services that answer without a key: where they are, and what they are asked. Only a click asks them. */

const GB = "https://api.carbonintensity.org.uk";
const ENERGY_CHARTS = "https://api.energy-charts.info";

/** As the GB API numbers them. */
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
 * @property {(now: Date) => string} path what to ask for
 * @property {string} base
 */

/** @type {readonly Place[]} */
export const PLACES = Object.freeze([
  place("gb", "Great Britain", "NESO", GB, (now) => `/intensity/${minute(now)}/fw48h`),
  ...GB_REGIONS.map((name, index) =>
    place(`gb-${index + 1}`, name, "NESO, by region", GB, (now) => `/regional/intensity/${minute(now)}/fw48h/regionid/${index + 1}`)),
  ...COUNTRIES.map((country) =>
    place(country, countryName(country), "Energy-Charts", ENERGY_CHARTS, () => `/co2eq?country=${country}`)),
]);

/**
 * Asks a service, now.
 * @param {Place} place
 * @param {string} page the page's own address: ?services=PATH asks a path of the page's own origin instead, such as a
 *   proxy's; any other origin is refused
 * @returns {Promise<string>} what it answers
 */
export async function ask({ base, path, name }, page) {
  const address = new URL(baseOf(base, page) + path(new Date()));
  /** @type {Response} */
  let response;
  try {
    response = await fetch(address, { cache: "no-store", credentials: "omit", referrerPolicy: "no-referrer", signal: AbortSignal.timeout(20_000) });
  } catch (error) {
    const slow = /** @type {Error} */ (error).name === "TimeoutError";
    throw new Error(slow ? `${address.host} did not answer within 20 seconds: try again later` : `${address.host} could not be reached: is there a network?`);
  }
  if (!response.ok) throw new Error(`${address.host} answered ${response.status} for ${name}: ${(await said(response)) || "try again later"}`);
  return response.text();
}

/** @param {string} base @param {string} page */
function baseOf(base, page) {
  const other = new URL(page).searchParams.get("services");
  if (!other) return base;
  const address = new URL(other, page);
  if (address.origin !== new URL(page).origin) throw new Error("?services= must be a path of this page's own origin");
  return `${address.href.replace(/\/$/, "")}/${new URL(base).host}`;
}

/** What a refusal says, where it is short. @param {Response} response */
async function said(response) {
  const text = await response.text().catch(() => "");
  try {
    const { error, message } = JSON.parse(text);
    const words = error?.message ?? message ?? error;
    return typeof words === "string" ? words.slice(0, 200) : "";
  } catch {
    return "";
  }
}

/** @param {string} id @param {string} name @param {string} group @param {string} base @param {(now: Date) => string} path @returns {Place} */
function place(id, name, group, base, path) {
  return { id, name, group, base, path };
}

/** To the minute, as the GB API wants it. @param {Date} now */
function minute(now) {
  return `${now.toISOString().slice(0, 16)}Z`;
}

/** @param {string} code */
function countryName(code) {
  return new Intl.DisplayNames(["en"], { type: "region" }).of(code.toUpperCase()) ?? code;
}
