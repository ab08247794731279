/** The options of the form that come from tables. */

import gpus from "../../../crates/feeds/data/gpus.json";
import { choose } from "./index.js";
import { regionsOf } from "../regions/map.js";
import { OWN } from "../state/devices.js";
import { ownZone, zones } from "../state/zone.js";
import { fill, optionGroups } from "../ui/dom.js";
import { span } from "../ui/format.js";

/** Offers the paper's jobs. @param {import("../state/parse.js").PaperJob[]} jobs */
export function offerPaperJobs(jobs) {
  const select = selectOf("paper");
  const chosen = select.value;
  select.replaceChildren(...jobs.map((job) => new Option(`${job.title}: ${job.gpus}, ${span(job.duration_seconds)}, ${number(job.energy_kilowatt_hours)} kWh`, job.name)));
  choose(select, chosen);
}

/** Offers the GPU models, in groups. */
export function offerGpus() {
  fill(selectOf("gpu"), deviceOptions());
}

/** The options of a list of devices: the models, and an own wattage. */
export function deviceOptions() {
  const models = gpus.models.map(({ group, id, name, watts }) => ({ group, value: id, text: `${name}, ${watts} W` }));
  return optionGroups([...models, { group: "Other", value: OWN, text: "Own wattage" }]);
}

/** Offers the published PUEs. */
export function offerPues() {
  document.getElementById("pues")?.replaceChildren(...gpus.pues.map(({ value, name, source }) => new Option(`${name}: ${source}`, value)));
}

/** The row of a GPU model. @param {string} id */
export function gpuNamed(id) {
  return gpus.models.find((model) => model.id === id);
}

/** Offers the regions of a provider. @param {string} provider */
export function offerRegions(provider) {
  const select = selectOf("region");
  const none = new Option("None: a series of your own", "");
  const named = regionsOf(provider).map(({ key, id, place }) => new Option(id === place ? id : `${place} (${id})`, key));
  select.replaceChildren(none, ...named);
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

/** A number with two decimals at most. @param {number} value */
function number(value) {
  return value.toLocaleString("en", { maximumFractionDigits: 2 });
}
