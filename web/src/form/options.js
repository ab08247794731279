/** The options of the form that come from tables. */

import gpus from "../../data/gpus.json";
import { choose } from "./index.js";
import { ownZone, zones } from "../state/zone.js";

/** @param {import("../state/parse.js").PaperJob[]} jobs */
export function offerPaperJobs(jobs) {
  const select = selectOf("paper");
  const chosen = select.value;
  select.replaceChildren(...jobs.map((job) => new Option(`${job.title}: ${job.gpus}, ${hours(job.duration_seconds)}, ${number(job.energy_kilowatt_hours)} kWh`, job.name)));
  choose(select, chosen);
}

export function offerGpus() {
  const groups = [...new Set(gpus.models.map(({ group }) => group))];
  selectOf("gpu").replaceChildren(...groups.map((label) => {
    const group = document.createElement("optgroup");
    group.label = label;
    const models = gpus.models.filter(({ group }) => group === label);
    group.append(...models.map(({ id, name, watts }) => new Option(`${name}, ${watts} W`, id)));
    return group;
  }));
}

export function offerPues() {
  document.getElementById("pues")?.replaceChildren(...gpus.pues.map(({ value, name, source }) => new Option(`${name}: ${source}`, value)));
}

/** The publisher of a PUE of that value. @param {string} value */
export function pueSource(value) {
  const known = gpus.pues.find((pue) => Number(pue.value) === Number(value));
  return known ? `${known.name} (${known.source})` : "as entered";
}

/** @param {string} id */
export function gpuNamed(id) {
  return gpus.models.find((model) => model.id === id);
}

/** Offers the time zones; all four hundred are added when the list is first focused. */
export function offerZones() {
  const select = selectOf("zone");
  const own = ownZone();
  if (own !== "UTC") select.append(new Option(`${own} (yours)`, own));
  select.addEventListener("focus", () => {
    const chosen = select.value;
    const others = zones().filter((zone) => ![...select.options].some((option) => option.value === zone));
    select.append(...others.map((zone) => new Option(zone, zone)));
    choose(select, chosen);
  }, { once: true });
}

/** @param {string} id */
function selectOf(id) {
  return /** @type {HTMLSelectElement} */ (document.getElementById(id));
}

/** @param {number} seconds */
function hours(seconds) {
  return seconds % 3600 === 0 ? `${seconds / 3600} h` : `${seconds / 60} min`;
}

/** @param {number} value */
function number(value) {
  return value.toLocaleString("en", { maximumFractionDigits: 2 });
}
