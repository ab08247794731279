/** The table of cloud regions by the yearly average of their country. Averages cannot shift a job, so they are not ranked with series. */

import { mass } from "../answer/format.js";
import averages from "../../data/averages.json";
import { BUNDLED } from "./bundled.js";
import { CLOUD_REGIONS, COUNTRY, countries, seriesOf, zoneName } from "./cloud_regions.js";
import { PLACES } from "./services.js";

/**
 * @param {ReturnType<typeof import("../engine/client.js").createEngine>} engine
 * @param {object} page
 * @param {() => void} page.changed
 * @param {(pack: string) => void} page.openPack
 */
export function createAverages(engine, { changed, openPack }) {
  const provider = /** @type {HTMLSelectElement} */ (document.getElementById("provider"));
  const region = /** @type {HTMLSelectElement} */ (document.getElementById("cloud-region"));
  const place = /** @type {HTMLElement} */ (document.getElementById("averages"));
  /** @type {import("./cloud_regions.js").CloudRegion[]} */
  let compared = [];
  let grams = /** @type {number[]} */ ([]);
  /** The energy and regions of the grams: they are computed again only where these change. */
  let computedFor = "";

  provider.addEventListener("change", offer);
  document.querySelector("[data-action=cloud]")?.addEventListener("click", () => {
    const chosen = regionOf(region.value);
    if (!chosen || compared.some(({ key }) => key === chosen.key)) return;
    compared = [...compared, chosen];
    render();
    changed();
  });
  place.addEventListener("click", ({ target }) => {
    const { key, pack, live } = /** @type {HTMLElement} */ (target).dataset;
    if (pack) openPack(pack);
    if (live) choosePlace(live);
    if (!key) return;
    compared = compared.filter((other) => other.key !== key);
    render();
    changed();
    region.focus();
  });
  offer();

  function offer() {
    const rows = provider.value === COUNTRY ? countries() : CLOUD_REGIONS.filter((cloud) => cloud.provider === provider.value);
    region.replaceChildren(...rows.map(({ key, id, name }) => new Option(`${name} (${id})`, key)));
  }

  function render() {
    place.replaceChildren(...(compared.length ? [table(compared, grams), note()] : []));
  }

  return {
    /** The regions as a link holds them. */
    value: () => compared.map(({ key }) => key).join(","),

    /** @param {string} value */
    fill(value) {
      compared = value.split(",").flatMap((key) => regionOf(key) ?? []);
      grams = [];
      computedFor = "";
      render();
    },

    /** @param {number} energy_kilowatt_hours @param {number} power_usage_effectiveness */
    show(energy_kilowatt_hours, power_usage_effectiveness) {
      const known = compared.filter(({ country }) => averageOf(country));
      const inputs = JSON.stringify([energy_kilowatt_hours, power_usage_effectiveness, known]);
      if (inputs === computedFor || !known.length) return;
      computedFor = inputs;
      const intensities = known.map(({ country }) => averageOf(country));
      engine.call("averages", { energy_kilowatt_hours, power_usage_effectiveness, intensities }).then((emissions) => {
        if (inputs !== computedFor) return;
        grams = compared.map((cloud) => emissions[known.indexOf(cloud)]);
        render();
      }, () => {});
    },
  };
}

/** The yearly average of a country, g/kWh. @param {string} country */
function averageOf(country) {
  return /** @type {Record<string, number | undefined>} */ (averages.grams_per_kilowatt_hour)[country];
}

/** @param {string} key */
function regionOf(key) {
  const all = key.startsWith(`${COUNTRY}:`) ? countries() : CLOUD_REGIONS;
  return all.find((region) => region.key === key);
}

/** @param {import("./cloud_regions.js").CloudRegion[]} compared @param {(number | undefined)[]} grams */
function table(compared, grams) {
  const result = element("table", "averages");
  result.append(element("caption", "", "By the yearly average of the country"));
  const head = element("tr");
  for (const [name, classes] of [["Region", ""], ["g/kWh", "number"], ["The job", "number"]]) {
    const cell = element("th", classes, name);
    cell.setAttribute("scope", "col");
    head.append(cell);
  }
  const top = element("thead");
  top.append(head);
  const body = element("tbody");
  body.append(...compared.map((cloud, index) => row(cloud, grams[index])));
  result.append(top, body);
  return result;
}

/** @param {import("./cloud_regions.js").CloudRegion} cloud @param {number | undefined} grams */
function row(cloud, grams) {
  const result = element("tr");
  const average = averageOf(cloud.country);
  const country = cloud.provider === COUNTRY;
  const name = element("th", "", country ? cloud.name : `${cloud.provider} ${cloud.name}`);
  name.setAttribute("scope", "row");
  if (!country) name.append(element("p", "hint", `${cloud.id}, grid ${zoneName(cloud.zone)}`));
  const { packs, live } = seriesOf(cloud);
  for (const pack of packs) name.append(action("pack", pack, `Plan with ${BUNDLED.find(({ name }) => name === pack)?.title ?? pack}`));
  if (live) name.append(action("live", live, "Live data: choose the service"));
  name.append(action("key", cloud.key, "Remove"));
  const intensity = element("td", "number", average?.toLocaleString("en", { maximumFractionDigits: 0 }) ?? "unknown");
  result.append(name, intensity, element("td", "number", grams === undefined ? "" : mass(grams)));
  return result;
}

function note() {
  return element("p", "hint credit", `${averages.source}. ${averages.attribution}`);
}

/** Selects a place in the list of live services. @param {string} id */
function choosePlace(id) {
  const fold = /** @type {HTMLDetailsElement} */ (document.getElementById("live"));
  const select = /** @type {HTMLSelectElement} */ (document.getElementById("live-place"));
  if (!PLACES.some((place) => place.id === id)) return;
  fold.open = true;
  select.value = id;
  select.focus();
}

/** @param {string} name of the data attribute @param {string} value @param {string} text */
function action(name, value, text) {
  const button = /** @type {HTMLButtonElement} */ (element("button", "plain", text));
  button.type = "button";
  button.dataset[name] = value;
  return button;
}

/** @param {string} tag @param {string} [classes] @param {string} [text] */
function element(tag, classes = "", text = "") {
  const made = document.createElement(tag);
  if (classes) made.className = classes;
  made.textContent = text;
  return made;
}
