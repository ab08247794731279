/** One series of the list. */

import { h } from "../ui/dom.js";
import { count, span } from "../ui/format.js";

/**
 * A place in the list: an open series, one that a link names and that is missing, or both where they differ.
 * @typedef {object} Entry
 * @property {string} name
 * @property {import("../types.js").Series | null} series
 * @property {import("../state/link.js").Named | null} linked the series as a link names it
 * @property {string} note the reason why it is not in the answer
 * @property {import("../engine/worker.js").Source | null} source
 * @property {boolean} ofRegion true for data of the reader's region, which leave the list with it
 */

/**
 * The list item of an entry.
 * @param {Entry} entry
 * @param {boolean} home true for the home series
 * @param {boolean} covers true where the series covers the earliest start
 */
export function row({ name, series, linked, note, source, ofRegion }, home, covers) {
  const remove = button("remove", name, "Remove", `Remove ${name}`);
  if (!series && ofRegion) return h("li", null, h("span", { class: "name" }, name), h("p", { class: "hint" }, "being loaded"));
  if (!series) return h("li", { class: "missing" }, h("span", { class: "name" }, name), h("p", { class: "hint" }, missing(linked)), remove);
  const { signal, kind, attribution, checksum } = series;
  const first = day(series.startMilliseconds);
  const facts = [...(series.zone ? [`the rows of ${series.zone}`] : []), `every ${span(series.stepSeconds)}`, `${first} to ${day(series.endMilliseconds)}`];
  if (series.gaps) facts.push(count(series.gaps, "gap"));
  if (series.quality !== "measured") facts.push(series.quality);
  const other = signal === "marginal" ? "average" : "marginal";
  const canChange = source?.kind === "file" && !series.isSignalStated;
  const when = kind === "live" ? "now" : `on ${first}`;
  return h(
    "li",
    null,
    h("label", { class: "name" }, h("input", { type: "radio", name: "home", value: name, checked: home }), h("span", null, name)),
    h("span", { class: `badge ${signal}` }, signal),
    remove,
    h("p", { class: "hint" }, facts.join(", "), canChange && [" ", button("signal", name, `Change to ${other}`, `Change to ${other}: ${name}`)]),
    attribution && h("p", { class: "hint credit" }, attribution),
    linked?.checksum && linked.checksum !== checksum &&
      h("p", { class: "caution" }, `Not the data of the link: the checksum is ${checksum}, the link’s is ${linked.checksum}. The numbers will differ.`),
    !covers && ofRegion && h("p", { class: "hint" }, "Recorded: used for what is usual at this time of the year."),
    !covers && !ofRegion && h("p", { class: "caution" }, "This series does not cover the earliest start. ", button("start", name, `Start ${when}`, `Start ${when}: ${name}`)),
    covers && note && h("p", { class: "caution" }, `Not in the answer: ${note}`),
  );
}

/** The note of a missing series. @param {import("../state/link.js").Named | null} linked */
function missing(linked) {
  if (!linked) return "not loaded";
  const facts = `${linked.signal}, checksum ${linked.checksum || "unknown"}`;
  if (linked.kind === "live") return `The link was made with live data of that time (${facts}). Request the present data from the service: the numbers will differ.`;
  if (linked.kind === "pack") return `A bundled series (${facts}) that is not loaded.`;
  return `The link was made with this file (${facts}). Add it to get the same numbers.`;
}

/** The day in UTC, as 2020-06-01. @param {number} milliseconds */
function day(milliseconds) {
  return new Date(milliseconds).toISOString().slice(0, 10);
}

/** A button of the row. @param {string} action @param {string} name @param {string} text @param {string} label */
function button(action, name, text, label) {
  return h("button", { type: "button", class: "plain", "data-action": action, "data-name": name, "aria-label": label }, text);
}
