/** Files, chosen or dropped anywhere on the page, and live answers: each is recognised by its content. */

import { kindOf } from "./file_kind.js";
import { PLACES, ask } from "./services.js";

/**
 * @param {object} page
 * @param {ReturnType<typeof import("./index.js").createGrid>} page.grid
 * @param {ReturnType<typeof import("../form/measured_power.js").createMeasured>} page.measured
 */
export function createAdding({ grid, measured }) {
  for (const [id, place] of Object.entries({ files: grid, profile: measured })) {
    const input = /** @type {HTMLInputElement} */ (document.getElementById(id));
    input.addEventListener("change", async () => {
      await addAll([...(input.files ?? [])], place);
      input.value = ""; // so that the same file may be chosen again
    });
  }
  addEventListener("dragover", (event) => {
    if (!event.dataTransfer?.types.includes("Files")) return;
    event.preventDefault();
    document.body.dataset.dragging = "";
  });
  addEventListener("dragleave", (event) => {
    if (!event.relatedTarget) delete document.body.dataset.dragging;
  });
  addEventListener("drop", (event) => {
    delete document.body.dataset.dragging;
    const files = [...(event.dataTransfer?.files ?? [])];
    if (!files.length) return;
    event.preventDefault();
    void addAll(files);
  });
  offerPlaces();
  document.querySelector("[data-do=live]")?.addEventListener("click", (event) => void askPlace(/** @type {HTMLButtonElement} */ (event.currentTarget)));

  /** @param {File[]} files @param {{complain: (error: Error | null) => void}} [place] where what is wrong is said */
  async function addAll(files, place = grid) {
    const wrong = /** @type {string[]} */ ([]);
    for (const file of files) {
      await add(file).catch((error) => wrong.push(`${file.name}: ${error.message}`));
    }
    place.complain(wrong.length ? new Error(wrong.join("; ")) : null);
  }

  /** @param {File} file */
  async function add(file) {
    const kind = kindOf(await new Blob([file.slice(0, 8000), file.slice(-8000)]).text());
    if (kind === "profile" || kind === "prometheus") return measured.readProfile(file.name, await file.text(), kind);
    if (kind === "metrics") return measured.readMetrics(await file.text(), file.name);
    if (!kind) throw new Error("nothing that is known here: expected a CSV with the header timestamp_utc,gco2_per_kwh or offset_seconds,power_watts, or a service’s JSON");
    const { value } = /** @type {HTMLSelectElement} */ (document.getElementById("signal"));
    const signal = /** @type {import("../types.js").Signal} */ (value);
    const form = kind === "intensity" ? /** @type {const} */ ("csv") : /** @type {const} */ ("response");
    return grid.open({ kind: "file", name: grid.nameFor(file.name), signal, file, form });
  }

  /** @param {HTMLButtonElement} button */
  async function askPlace(button) {
    const chosen = /** @type {HTMLSelectElement} */ (document.getElementById("live-place")).value;
    const place = PLACES.find(({ id }) => id === chosen);
    const error = document.getElementById("live-error");
    if (!place || !error) return;
    error.textContent = "";
    button.setAttribute("aria-busy", "true");
    try {
      await grid.open({ kind: "live", name: place.name, text: await ask(place, location.href) });
    } catch (wrong) {
      error.textContent = /** @type {Error} */ (wrong).message;
    }
    button.removeAttribute("aria-busy");
  }
}

function offerPlaces() {
  const select = document.getElementById("live-place");
  const groups = [...new Set(PLACES.map(({ group }) => group))];
  select?.replaceChildren(...groups.map((label) => {
    const group = document.createElement("optgroup");
    group.label = label;
    group.append(...PLACES.filter(({ group }) => group === label).map(({ id, name }) => new Option(name, id)));
    return group;
  }));
}
