/**
 * The ways to hourly data of a region: what there is, what is missing, and how to get it.
 * @module
 */

import { servicesOf } from "../regions/data_of_zone.js";
import { details, h } from "../ui/dom.js";
import { pullCommand } from "./pull_command.js";

const ACCOUNTS = /** @type {Record<string, string>} */ ({ none: "no account", free: "a free account", one_zone: "an account, which is free for one zone in private use and without the forecast" });

/** The folds by zone: one stays open, and keeps what is typed in it, while the answers around it change. @type {Map<string, HTMLElement>} */
const folds = new Map();

/**
 * The fold of a zone.
 * @param {import("../regions/map.js").Zone} zone
 * @param {string} day the reader's day, as 2026-11-29
 * @returns {HTMLElement}
 */
export function waysToData(zone, day) {
  const key = `${zone.code} ${day}`;
  const fold = folds.get(key) ?? waysOf(zone, day);
  folds.set(key, fold);
  return fold;
}

/**
 * A fold with the ways.
 * @param {import("../regions/map.js").Zone} zone
 * @param {string} day the reader's day, as 2026-11-29
 * @returns {HTMLElement}
 */
function waysOf(zone, day) {
  const services = servicesOf(zone);
  const has = zone.recorded.length ? `The page has ${zone.recorded.length === 1 ? "a recorded year" : "recorded years"} of this grid: ${zone.recorded.join(", ")}.` : "The page has no hourly data of this grid: only its yearly level.";
  const open = services.some(({ account }) => account !== "one_zone");
  const missing = services.length === 0 ? " None of the services that gpu-carbon reads has it." : open ? "" : " A forecast of it needs a contract.";
  return details(
    `Hourly data of ${zone.name}`,
    h("p", { class: "note" }, has + missing),
    services.length > 0 && h("ul", { class: "ways" }, services.map((service) => h("li", null, way(service, day)))),
    h("p", { class: "note" }, "Files that can be dropped on the page: what gpu-carbon pull writes, the services' own downloads and saved answers, another table of times and intensity; also as .gz."),
  );
}

/** @param {import("../regions/data_of_zone.js").ZoneService} service @param {string} day */
function way({ name, zone, title, account, signal, scope, step, ahead, link }, day) {
  const forecast = ahead ? `with a forecast of ${ahead}` : "without a forecast";
  return [
    h("a", { href: link, target: "_blank", rel: "noopener" }, title),
    `: ${signal} intensity, ${scope}, every ${step}, ${forecast}; it asks for ${ACCOUNTS[account]}.`,
    h("code", { class: "line" }, pullCommand(name, zone, day)),
    name === "electricity_maps" && tokenField(zone),
  ];
}

/** A field for a token, and the button that asks the service with it. The token stays in the field. @param {string} zone */
function tokenField(zone) {
  return h(
    "p",
    { class: "token" },
    h("label", { for: "token" }, "Your token for Electricity Maps, sent to it alone and stored nowhere"),
    h("input", { id: "token", type: "password", autocomplete: "off", spellcheck: "false" }),
    h("button", { type: "button", "data-action": "token", "data-zone": zone }, "Ask Electricity Maps"),
    h("span", { class: "error", id: "token-error", role: "status" }),
  );
}
