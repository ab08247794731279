/** One series of the list, for people. Names come from files: they are only ever set as text. */

/**
 * @param {import("./index.js").Entry} entry
 * @param {boolean} home
 * @param {boolean} covers whether the earliest start is in its time
 */
export function row({ name, series, linked, note, source }, home, covers) {
  const item = element("li", series ? "" : "missing");
  if (!series) {
    item.append(element("span", "name", name), element("p", "hint", missing(linked)), button("remove", name, "Forget", `Forget ${name}`));
    return item;
  }
  const label = element("label", "name");
  const radio = document.createElement("input");
  Object.assign(radio, { type: "radio", name: "home", value: name, checked: home });
  label.append(radio, element("span", "", name));
  const facts = element("p", "hint", `${step(series.stepSeconds)}, ${day(series.startMilliseconds)} to ${day(series.endMilliseconds)}${gaps(series.gaps)}${quality(series.quality)}`);
  item.append(label, element("span", `badge ${series.signal}`, series.signal), button("remove", name, "Remove", `Remove ${name}`), facts);
  if (source?.kind === "file" && source.form === "csv") {
    const other = series.signal === "marginal" ? "average" : "marginal";
    facts.append(" ", button("signal", name, `It is ${other}`, `The values of ${name} are ${other}`));
  }
  if (series.attribution) item.append(element("p", "hint credit", series.attribution));
  if (linked && linked.checksum && linked.checksum !== series.checksum) {
    item.append(element("p", "caution", `Not the data of the link: its checksum is ${series.checksum}, the link’s ${linked.checksum}. The numbers will differ.`));
  }
  if (!covers) {
    const when = series.kind === "live" ? "now" : `on ${day(series.startMilliseconds)}`;
    item.append(element("p", "caution", "The earliest start is outside its time. "));
    item.lastElementChild?.append(button("start", name, `Start ${when}`, `Plan on ${name}, from ${when}`));
  } else if (note) item.append(element("p", "caution", `Not in the answer: ${note}`));
  return item;
}

/** @param {import("../state/link.js").Named | null} linked */
function missing(linked) {
  if (!linked) return "not here";
  const what = `${linked.signal}, checksum ${linked.checksum || "not known"}`;
  if (linked.kind === "live") return `The link was made with a live answer of that moment (${what}). Ask the service for what it says now: the numbers will differ.`;
  if (linked.kind === "pack") return `A shipped series (${what}) that is not loaded.`;
  return `The link was made with this file (${what}). Add it to see the same numbers.`;
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
  const made = /** @type {HTMLButtonElement} */ (element("button", "plain", text));
  made.type = "button";
  made.dataset.do = action;
  made.dataset.name = name;
  made.setAttribute("aria-label", label);
  return made;
}

/** @param {string} tag @param {string} classes @param {string} [text] */
function element(tag, classes, text = "") {
  const made = document.createElement(tag);
  if (classes) made.className = classes;
  made.textContent = text;
  return made;
}
