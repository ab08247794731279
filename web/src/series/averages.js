/** The table of cloud regions by the yearly average of their country. Averages cannot shift a job, so they are not ranked with series. */

import averages from "../../data/averages.json";
import { fill, h } from "../ui/dom.js";
import { mass } from "../ui/format.js";
import { BUNDLED } from "./bundled.js";
import { CLOUD_REGIONS, COUNTRY, countries, seriesOf, zoneName } from "./cloud_regions.js";
import { PLACES } from "./services.js";

/**
 * Connects the selection of regions, and shows the table.
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
    fill(place, compared.length > 0 && [averagesTable(compared, grams), credit()]);
  }

  return {
    /** The regions as a link holds them. */
    value: () => compared.map(({ key }) => key).join(","),

    /** Restores the regions of a link. @param {string} value */
    fill(value) {
      compared = value.split(",").flatMap((key) => regionOf(key) ?? []);
      grams = [];
      computedFor = "";
      render();
    },

    /** Computes the emissions of a job in each region. @param {number} energy_kilowatt_hours @param {number} power_usage_effectiveness */
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

/** The region of a key. @param {string} key */
function regionOf(key) {
  const all = key.startsWith(`${COUNTRY}:`) ? countries() : CLOUD_REGIONS;
  return all.find((region) => region.key === key);
}

/** The table of regions. @param {import("./cloud_regions.js").CloudRegion[]} compared @param {(number | undefined)[]} grams */
function averagesTable(compared, grams) {
  return h(
    "table",
    { class: "averages" },
    h("caption", null, "By the yearly average of the country"),
    h("thead", null, h("tr", null, h("th", { scope: "col" }, "Region"), h("th", { scope: "col", class: "number" }, "g/kWh"), h("th", { scope: "col", class: "number" }, "Emissions"))),
    h("tbody", null, compared.map((cloud, index) => row(cloud, grams[index]))),
  );
}

/** The row of a region. @param {import("./cloud_regions.js").CloudRegion} cloud @param {number | undefined} grams */
function row(cloud, grams) {
  const average = averageOf(cloud.country);
  const isCountry = cloud.provider === COUNTRY;
  const { packs, live } = seriesOf(cloud);
  return h(
    "tr",
    null,
    h(
      "th",
      { scope: "row" },
      isCountry ? cloud.name : `${cloud.provider} ${cloud.name}`,
      !isCountry && h("p", { class: "hint" }, `${cloud.id}, grid ${zoneName(cloud.zone)}`),
      packs.map((pack) => button("pack", pack, `Plan with ${BUNDLED.find(({ name }) => name === pack)?.title ?? pack}`)),
      live && button("live", live, "Live data: choose the service"),
      button("key", cloud.key, "Remove"),
    ),
    h("td", { class: "number" }, average?.toLocaleString("en", { maximumFractionDigits: 0 }) ?? "unknown"),
    h("td", { class: "number" }, grams === undefined ? "" : mass(grams)),
  );
}

/** The source of the averages. */
function credit() {
  return h("p", { class: "hint credit" }, `${averages.source}. ${averages.attribution}`);
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

/** A button of a row. @param {string} name of the data attribute @param {string} value @param {string} text */
function button(name, value, text) {
  return h("button", { type: "button", class: "plain", [`data-${name}`]: value }, text);
}
