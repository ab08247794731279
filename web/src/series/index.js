/** The series that are planned on: which there are, which a link names and are not here, and which one is home. */

import { nameOf } from "./file_kind.js";
import { row } from "./row.js";

/**
 * A place in the list: a series that is open, one that a link names and that is not here, or both where they differ.
 * @typedef {object} Entry
 * @property {string} name
 * @property {import("../types.js").Series | null} series
 * @property {import("../state/link.js").Named | null} linked what a link said of it
 * @property {string} note why it is not in the answer
 * @property {import("../engine/worker.js").Source | null} source
 */

export const PACKS = Object.freeze([
  { name: "sgip-pge-2020", title: "PG&E, California, 2020" },
  { name: "sgip-sce-2020", title: "SCE, California, 2020" },
]);

/**
 * @param {ReturnType<typeof import("../engine/client.js").createEngine>} engine
 * @param {object} page
 * @param {() => void} page.changed
 * @param {(milliseconds: number) => void} page.startAt sets the earliest start
 */
export function createGrid(engine, { changed, startAt }) {
  const list = /** @type {HTMLElement} */ (document.getElementById("series"));
  const adds = /** @type {HTMLElement} */ (document.getElementById("packs"));
  /** @type {Entry[]} */
  let entries = [];
  let home = "";
  /** The earliest start, where there is one. @type {number | null} */
  let start = null;
  let opening = 0;
  /** Counts the links that were followed: what an older one named may come late. */
  let restored = 0;
  /** What has been here, by name and checksum: the way back to an address finds it again. @type {Map<string, Entry["source"]>} */
  const kept = new Map();
  const wrong = { added: "", asked: "" };

  list.addEventListener("click", ({ target }) => {
    const button = /** @type {Element} */ (target).closest("button");
    const entry = entries.find(({ name }) => name === button?.dataset.name);
    if (!button || !entry) return;
    if (button.dataset.do === "remove") remove(entry);
    if (button.dataset.do === "signal") void turn(entry);
    if (button.dataset.do === "start" && entry.series) {
      home = entry.name;
      startAt(firstStart(entry.series));
    }
  });
  list.addEventListener("input", ({ target }) => {
    home = /** @type {HTMLInputElement} */ (target).value;
  });
  adds.addEventListener("click", ({ target }) => {
    const name = /** @type {HTMLElement} */ (target).dataset.pack;
    if (name) void grid.open({ kind: "pack", name }).catch((error) => grid.complain(error));
  });

  /** @param {Entry} entry */
  function remove(entry) {
    const at = entries.indexOf(entry);
    entries = entries.filter((other) => other !== entry);
    if (entry.series) void engine.close(entry.name);
    render();
    const next = entries[Math.min(at, entries.length - 1)];
    const button = [...list.querySelectorAll("button")].find(({ dataset }) => dataset.name === next?.name);
    (button ?? adds.querySelector("button") ?? document.getElementById("files"))?.focus();
    changed();
  }

  /** Reads a CSV again as the other signal. @param {Entry} entry */
  async function turn({ source }) {
    if (source?.kind !== "file") return;
    await grid.open({ ...source, signal: source.signal === "marginal" ? "average" : "marginal" }).catch((error) => grid.complain(error));
  }

  /** Where what a link names can be had. @param {import("../state/link.js").Named} linked @returns {Entry["source"]} */
  function sourceOf(linked) {
    const { kind, name, signal } = linked;
    if (kind === "pack") return { kind, name };
    const source = kept.get(keyOf(linked)) ?? null;
    return source?.kind === "file" ? { ...source, signal } : source;
  }

  /** @param {Entry} entry */
  function covers({ series }) {
    return !series || start === null || (series.startMilliseconds <= start && start < series.endMilliseconds);
  }

  function render() {
    const chosen = grid.home();
    const focused = list.contains(document.activeElement) ? controlOf(document.activeElement) : null;
    list.replaceChildren(...entries.map((entry) => row(entry, entry.name === chosen, covers(entry))));
    if (focused) refocus(focused);
    const absent = PACKS.filter(({ name }) => !entries.some((entry) => entry.name === name));
    adds.replaceChildren(...absent.map(({ name, title }) => {
      const button = document.createElement("button");
      button.type = "button";
      button.dataset.pack = name;
      button.textContent = `Add ${title}`;
      return button;
    }));
  }

  /** The same control again, else one of the same series. @param {{name: string, action: string | undefined}} focused */
  function refocus({ name, action }) {
    const controls = /** @type {HTMLElement[]} */ ([...list.querySelectorAll("button, input")]).filter((control) => controlOf(control).name === name);
    (controls.find((control) => controlOf(control).action === action) ?? controls[0])?.focus();
  }

  const grid = {
    /** The series that are here, in their order. */
    series: () => entries.flatMap(({ series }) => series ?? []),

    /** Whether one is on its way. */
    loading: () => opening > 0,

    /** From which one savings are measured: the chosen one, or the first. */
    home() {
      const here = grid.series();
      return here.find(({ name }) => name === home)?.name ?? here[0]?.name ?? "";
    },

    /** The one that was chosen, here or not yet; empty where it is the first. */
    chosen: () => (entries.slice(1).some(({ name }) => name === home) ? home : ""),

    /** What a link must say: what is here, and what it named that is not. @returns {import("../state/link.js").Named[]} */
    named: () => entries.flatMap(({ series, linked }) => series ?? linked ?? []),

    /** A name for a file that no other series has. @param {string} file */
    nameFor(file) {
      const plain = nameOf(file, () => false);
      const awaited = entries.some(({ name, series }) => name === plain && !series);
      return awaited ? plain : nameOf(file, (name) => entries.some((entry) => entry.name === name));
    },

    /**
     * @param {import("../engine/worker.js").Source} source
     * @param {() => boolean} [wanted] whether it still is when it comes
     */
    async open(source, wanted = () => true) {
      opening += 1;
      const series = await engine.open(source).finally(() => { opening -= 1; });
      const known = entries.find(({ name }) => name === source.name);
      if (!wanted()) {
        if (!known) void engine.close(source.name);
        return;
      }
      const entry = known ?? { name: source.name, series: null, linked: null, note: "", source: null };
      Object.assign(entry, { series, source, note: "" });
      kept.set(keyOf(series), source);
      if (!known) entries.push(entry);
      render();
      changed();
    },

    /**
     * Opens what a link names, as far as it is here; the rest is shown as missing.
     * @param {import("../state/link.js").Named[]} data
     * @param {string} first the name of the home series
     */
    async restore(data, first) {
      for (const { name, series } of entries) if (series && !data.some((wanted) => wanted.kind === "pack" && wanted.name === name)) void engine.close(name);
      const before = entries;
      home = first;
      entries = data.map((linked) => {
        const same = before.find(({ name, series }) => name === linked.name && series?.kind === "pack" && linked.kind === "pack");
        return { name: linked.name, series: same?.series ?? null, linked, note: "", source: same?.source ?? null };
      });
      render();
      const absent = entries.flatMap(({ series, linked }) => (series || !linked ? [] : sourceOf(linked) ?? []));
      restored += 1;
      const mine = restored;
      const wanted = (/** @type {string} */ name) => mine === restored && entries.some((entry) => entry.name === name);
      await Promise.all(absent.map((source) => grid.open(source, () => wanted(source.name)).catch((error) => grid.complain(error))));
      changed();
    },

    /** @param {number | null} milliseconds the earliest start */
    startsAt(milliseconds) {
      const before = entries.map(covers);
      start = milliseconds;
      if (entries.some((entry, index) => covers(entry) !== before[index])) render();
    },

    /** @param {{name: string, reason: string}[]} leftOut series that the answer leaves out */
    leaveOut(leftOut) {
      let different = false;
      for (const entry of entries) {
        const note = leftOut.find(({ name }) => name === entry.name)?.reason ?? "";
        different ||= entry.note !== note;
        entry.note = note;
      }
      if (different) render();
    },

    /**
     * Says what is wrong; null: nothing. What is wrong with files stands until others are added, what is wrong with a
     * question until the next one.
     * @param {Error | null} error
     * @param {"added" | "asked"} [about]
     */
    complain(error, about = "added") {
      wrong[about] = error?.message ?? "";
      const place = document.getElementById("grid-error");
      const text = [wrong.added, wrong.asked].filter(Boolean).join(" ");
      if (place && place.textContent !== text) place.textContent = text;
    },
  };
  return grid;
}

/** Which series a control of the list is of, and what it does. @param {Element | null} control */
function controlOf(control) {
  const { dataset, value } = /** @type {HTMLInputElement} */ (control);
  return { name: dataset.name ?? value, action: dataset.do };
}

/** @param {{name: string, checksum: string}} named */
function keyOf({ name, checksum }) {
  return `${checksum}~${name}`;
}

/** Where a plan on a series may begin: now, where it is live. @param {import("../types.js").Series} series */
function firstStart({ kind, startMilliseconds, endMilliseconds }) {
  const now = Date.now();
  const live = kind === "live" && startMilliseconds <= now && now < endMilliseconds;
  return live ? now : startMilliseconds;
}
