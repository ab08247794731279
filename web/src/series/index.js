/** The list of series: those that are open, those that a link names and that are missing, and the home series. */

import { fill, h } from "../ui/dom.js";
import { recordedSeries } from "../regions/map.js";
import { nameOf } from "./file_kind.js";
import { row } from "./row.js";
import { forgetFile, forgetFiles, storeFile, storedFile } from "./stored_files.js";

/** @typedef {import("./row.js").Entry} Entry */

/**
 * Creates the list.
 * @param {ReturnType<typeof import("../engine/client.js").createEngine>} engine
 * @param {object} page
 * @param {() => void} page.changed
 * @param {(milliseconds: number) => void} page.startAt sets the earliest start
 */
export function createSeriesList(engine, { changed, startAt }) {
  const list = /** @type {HTMLElement} */ (document.getElementById("series"));
  const adds = /** @type {HTMLElement} */ (document.getElementById("packs"));
  /** @type {Entry[]} */
  let entries = [];
  let home = "";
  /** The series with which a question about a region is answered, where none is chosen. */
  let used = "";
  /** The earliest start, where there is one. @type {number | null} */
  let start = null;
  let opening = 0;
  /** Number of the latest link. Series of earlier ones that arrive late are dropped. */
  let latestLink = 0;
  /** Sources of this visit by name and checksum: going back to an earlier address finds them again. @type {Map<string, Entry["source"]>} */
  const sources = new Map();
  const errors = { adding: "", planning: "" };

  list.addEventListener("click", ({ target }) => {
    const button = /** @type {Element} */ (target).closest("button");
    const entry = entries.find(({ name }) => name === button?.dataset.name);
    if (!button || !entry) return;
    if (button.dataset.action === "remove") remove(entry);
    if (button.dataset.action === "signal") void changeSignal(entry);
    if (button.dataset.action === "start" && entry.series) {
      home = entry.name;
      startAt(firstStart(entry.series));
    }
  });
  list.addEventListener("input", ({ target }) => {
    home = /** @type {HTMLInputElement} */ (target).value;
  });
  const packs = h("select", { id: "pack", "aria-label": "Recorded year" });
  const addPack = () => packs.value && void seriesList.open({ kind: "pack", name: packs.value }).catch((error) => seriesList.showError(error));
  fill(adds, packs, h("button", { type: "button", click: addPack }, "Add this year"));

  /** @param {Entry} entry */
  function remove(entry) {
    const index = entries.indexOf(entry);
    entries = entries.filter((other) => other !== entry);
    if (entry.series) {
      void engine.close(entry.name);
      void forgetFile(keyOf(entry.series));
    }
    render();
    const next = entries[Math.min(index, entries.length - 1)];
    const button = [...list.querySelectorAll("button")].find(({ dataset }) => dataset.name === next?.name);
    (button ?? document.getElementById("files"))?.focus();
    changed();
  }

  /** Reads a CSV again as the other signal. @param {Entry} entry */
  async function changeSignal({ source }) {
    if (source?.kind !== "file") return;
    await seriesList.open({ ...source, signal: source.signal === "marginal" ? "average" : "marginal" }).catch((error) => seriesList.showError(error));
  }

  /** The source of a series that a link names; null where it is not available. @param {import("../state/link.js").Named} linked @returns {Promise<Entry["source"]>} */
  async function sourceOf(linked) {
    const { kind, name, signal } = linked;
    if (kind === "pack") return { kind, name };
    const source = sources.get(keyOf(linked)) ?? (await storedFile(keyOf(linked))) ?? null;
    return source?.kind === "file" ? { ...source, signal } : source;
  }

  /** True where the series covers the earliest start. @param {Entry} entry */
  function covers({ series }) {
    return !series || start === null || (series.startMilliseconds <= start && start < series.endMilliseconds);
  }

  function render() {
    const homeName = home === "" && seriesList.series().some(({ name }) => name === used) ? used : seriesList.home();
    const focused = list.contains(document.activeElement) ? controlOf(document.activeElement) : null;
    fill(list, entries.map((entry) => row(entry, entry.name === homeName, covers(entry))));
    if (focused) refocus(focused);
    const absent = recordedSeries().filter(({ name }) => !entries.some((entry) => entry.name === name));
    const offered = absent.map(({ name }) => name).join();
    if (offered === packs.dataset.offered) return;
    packs.dataset.offered = offered;
    fill(packs, absent.map(({ name, title }) => h("option", { value: name }, title)));
  }

  /** Focuses the same control again, or else another one of the same series. @param {{name: string, action: string | undefined}} focused */
  function refocus({ name, action }) {
    const controls = /** @type {HTMLElement[]} */ ([...list.querySelectorAll("button, input")]).filter((control) => controlOf(control).name === name);
    (controls.find((control) => controlOf(control).action === action) ?? controls[0])?.focus();
  }

  const seriesList = {
    /** The open series, in the order of the list. */
    series: () => entries.flatMap(({ series }) => series ?? []),

    /** True while a series is being opened. */
    loading: () => opening > 0,

    /** The series against which savings are measured: the chosen one, or the first. */
    home() {
      const open = seriesList.series();
      return open.find(({ name }) => name === home)?.name ?? open[0]?.name ?? "";
    },

    /** The open series in the order in which they answer a question about a region: the chosen one, live data, and the others. */
    candidates() {
      const open = seriesList.series();
      const rank = (/** @type {import("../types.js").Series} */ { name, kind }) => (name === home ? 0 : kind === "live" ? 1 : 2);
      return open.sort((a, b) => rank(a) - rank(b));
    },

    /** The name of the chosen home series, open or not; empty where it is the first, but for that of a region, beside which another one may answer. */
    chosen: () => (entries.some(({ name, ofRegion }, index) => name === home && (index > 0 || ofRegion)) ? home : ""),

    /** Marks the series with which a question about a region is answered. @param {string} name */
    setUsed(name) {
      if (used === name) return;
      used = name;
      render();
    },

    /** The series that a link holds: the open ones, and the missing ones. @returns {import("../state/link.js").Named[]} */
    named: () => entries.flatMap(({ series, linked }) => series ?? linked ?? []),

    /** A name for a file's series that no other series has. @param {string} file */
    nameFor(file) {
      const plain = nameOf(file, () => false);
      const isMissing = entries.some(({ name, series }) => name === plain && !series);
      return isMissing ? plain : nameOf(file, (name) => entries.some((entry) => entry.name === name));
    },

    /**
     * Opens a series and adds it to the list.
     * @param {import("../engine/worker.js").Source} source
     * @param {() => boolean} [isWanted] false: drop the series when it is open
     * @param {boolean} [ofRegion] true for data of the reader's region, which leave the list with it
     */
    async open(source, isWanted = () => true, ofRegion = false) {
      opening += 1;
      const series = await engine.open(source, ({ read }) => showProgress(read)).finally(() => {
        opening -= 1;
        showProgress(1);
      });
      const known = entries.find(({ name }) => name === source.name);
      if (!isWanted()) {
        if (!known) void engine.close(source.name);
        return;
      }
      const entry = known ?? { name: source.name, series: null, linked: null, note: "", source: null, ofRegion };
      Object.assign(entry, { series, source, note: "" });
      sources.set(keyOf(series), source);
      if (source.kind === "file") void storeFile(keyOf(series), source);
      if (!known) entries.push(entry);
      const status = document.getElementById("series-status");
      if (status) status.textContent = `${source.name}: added.`;
      render();
      changed();
    },

    /**
     * Opens the series of a link as far as they are available, and shows the others as missing.
     * @param {import("../state/link.js").Named[]} data
     * @param {string} homeName the name of the home series
     */
    async restore(data, homeName) {
      for (const { name, series } of entries) if (series && !data.some((named) => named.kind === "pack" && named.name === name)) void engine.close(name);
      const before = entries;
      home = homeName;
      entries = data.map((linked) => {
        const same = before.find(({ name, series }) => name === linked.name && series?.kind === "pack" && linked.kind === "pack");
        return { name: linked.name, series: same?.series ?? null, linked, note: "", source: same?.source ?? null, ofRegion: false };
      });
      render();
      latestLink += 1;
      const mine = latestLink;
      const found = await Promise.all(entries.map(({ series, linked }) => (series || !linked ? null : sourceOf(linked))));
      const absent = found.filter((source) => source !== null);
      const isWanted = (/** @type {string} */ name) => mine === latestLink && entries.some((entry) => entry.name === name);
      await Promise.all(absent.map((source) => seriesList.open(source, () => isWanted(source.name)).catch((error) => seriesList.showError(error))));
      changed();
    },

    /**
     * Opens the recorded year of the reader's region, in place of that of another region; null: there is none.
     * @param {string | null} pack
     */
    async follow(pack) {
      const gone = entries.filter((entry) => entry.ofRegion && entry.name !== pack);
      for (const { name, series } of gone) if (series) void engine.close(name);
      entries = entries.filter((entry) => !gone.includes(entry));
      const known = entries.find(({ name }) => name === pack);
      if (known) known.ofRegion = true;
      if (!pack || known) {
        if (gone.length) render();
        return;
      }
      entries.unshift({ name: pack, series: null, linked: null, note: "", source: null, ofRegion: true });
      render();
      await seriesList.open({ kind: "pack", name: pack }, () => entries.some(({ name }) => name === pack)).catch((error) => seriesList.showError(error));
    },

    /** Forgets the files of this browser, and returns a function that stores those of the list again. */
    forget() {
      const kept = entries.flatMap(({ series, source }) => (series && source?.kind === "file" ? [{ key: keyOf(series), source }] : []));
      void forgetFiles();
      return () => Promise.all(kept.map(({ key, source }) => storeFile(key, source)));
    },

    /** Marks the series that do not cover the earliest start. @param {number | null} milliseconds the earliest start */
    setEarliestStart(milliseconds) {
      const before = entries.map(covers);
      start = milliseconds;
      if (entries.some((entry, index) => covers(entry) !== before[index])) render();
    },

    /** Shows why series are not in the answer. @param {{name: string, reason: string}[]} excluded */
    showExcluded(excluded) {
      let different = false;
      for (const entry of entries) {
        const note = excluded.find(({ name }) => name === entry.name)?.reason ?? "";
        different ||= entry.note !== note;
        entry.note = note;
      }
      if (different) render();
    },

    /**
     * Shows an error; null: none. An error of adding stays until something else is added, one of planning until the
     * next plan.
     * @param {Error | null} error
     * @param {"adding" | "planning"} [stage]
     */
    showError(error, stage = "adding") {
      errors[stage] = error?.message ?? "";
      const place = document.getElementById("series-error");
      const text = [errors.adding, errors.planning].filter(Boolean).join(" ");
      if (place && place.textContent !== text) place.textContent = text;
    },
  };
  return seriesList;
}

/** Shows the share of a file that is read; 1: all. @param {number} read */
function showProgress(read) {
  const bar = /** @type {HTMLProgressElement} */ (document.getElementById("series-progress"));
  bar.hidden = read >= 1;
  bar.value = read;
}

/** The series and the action of a control of the list. @param {Element | null} control */
function controlOf(control) {
  const { dataset, value } = /** @type {HTMLInputElement} */ (control);
  return { name: dataset.name ?? value, action: dataset.action };
}

/** @param {{name: string, checksum: string}} named */
function keyOf({ name, checksum }) {
  return `${checksum}~${name}`;
}

/** The earliest start that a series offers: now for live data, else its first time. @param {import("../types.js").Series} series */
function firstStart({ kind, startMilliseconds, endMilliseconds }) {
  const now = Date.now();
  const live = kind === "live" && startMilliseconds <= now && now < endMilliseconds;
  return live ? now : startMilliseconds;
}
