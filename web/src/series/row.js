/** One series of the list. Names come from files, so they are only ever set as text. */

/**
 * A place in the list: an open series, one that a link names and that is missing, or both where they differ.
 * @typedef {object} Entry
 * @property {string} name
 * @property {import("../types.js").Series | null} series
 * @property {import("../state/link.js").Named | null} linked the series as a link names it
 * @property {string} note the reason why it is not in the answer
 * @property {import("../engine/worker.js").Source | null} source
 */

/**
 * @param {Entry} entry
 * @param {boolean} home
 * @param {boolean} covers true where the series covers the earliest start
 */
export function row({ name, series, linked, note, source }, home, covers) {
  const item = element("li", series ? "" : "missing");
  if (!series) {
    item.append(element("span", "name", name), element("p", "hint", missing(linked)), button("remove", name, "Remove", `Remove ${name}`));
    return item;
  }
  const label = element("label", "name");
  const radio = document.createElement("input");
  Object.assign(radio, { type: "radio", name: "home", value: name, checked: home });
  label.append(radio, element("span", "", name));
  const facts = element("p", "hint", `${step(series.stepSeconds)}, ${day(series.startMilliseconds)} to ${day(series.endMilliseconds)}${gaps(series.gaps)}${quality(series.quality)}`);
  item.append(label, element("span", `badge ${series.signal}`, series.signal), button("remove", name, "Remove", `Remove ${name}`), facts);
  if (source?.kind === "file" && source.format === "csv") {
    const other = series.signal === "marginal" ? "average" : "marginal";
    facts.append(" ", button("signal", name, `Change to ${other}`, `The values of ${name} are ${other}`));
  }
  if (series.attribution) item.append(element("p", "hint credit", series.attribution));
  if (linked && linked.checksum && linked.checksum !== series.checksum) {
    item.append(element("p", "caution", `Not the data of the link: the checksum is ${series.checksum}, the link’s is ${linked.checksum}. The numbers will differ.`));
  }
  if (!covers) {
    const when = series.kind === "live" ? "now" : `on ${day(series.startMilliseconds)}`;
    item.append(element("p", "caution", "This series does not cover the earliest start. "));
    item.lastElementChild?.append(button("start", name, `Start ${when}`, `Plan with ${name}, from ${when}`));
  } else if (note) item.append(element("p", "caution", `Not in the answer: ${note}`));
  return item;
}

/** @param {import("../state/link.js").Named | null} linked */
function missing(linked) {
  if (!linked) return "not loaded";
  const facts = `${linked.signal}, checksum ${linked.checksum || "unknown"}`;
  if (linked.kind === "live") return `The link was made with live data of that time (${facts}). Request the present data from the service: the numbers will differ.`;
  if (linked.kind === "pack") return `A bundled series (${facts}) that is not loaded.`;
  return `The link was made with this file (${facts}). Add it to get the same numbers.`;
}

/** @param {number} seconds */
function step(seconds) {
  return seconds % 3600 === 0 ? `every ${seconds === 3600 ? "hour" : `${seconds / 3600} h`}` : `every ${seconds / 60} min`;
}

/** @param {number} milliseconds */
function day(milliseconds) {
  return new Date(milliseconds).toISOString().slice(0, 10);
}

/** @param {number} gaps */
function gaps(gaps) {
  return gaps ? `, ${gaps} ${gaps === 1 ? "gap" : "gaps"}` : "";
}

/** @param {string} quality */
function quality(quality) {
  return quality === "measured" ? "" : `, ${quality}`;
}

/** @param {string} action @param {string} name @param {string} text @param {string} label */
function button(action, name, text, label) {
  const button = /** @type {HTMLButtonElement} */ (element("button", "plain", text));
  button.type = "button";
  button.dataset.action = action;
  button.dataset.name = name;
  button.setAttribute("aria-label", label);
  return button;
}

/** @param {string} tag @param {string} classes @param {string} [text] */
function element(tag, classes, text = "") {
  const made = document.createElement(tag);
  if (classes) made.className = classes;
  made.textContent = text;
  return made;
}
