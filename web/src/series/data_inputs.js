/** The inputs of data: files that are chosen or dropped anywhere on the page, and live responses. The content of a file tells its kind. */

import { fill, optionGroups } from "../ui/dom.js";
import { kindOf } from "./file_kind.js";
import { PLACES, fetchIntensity } from "./services.js";

/**
 * Connects the inputs.
 * @param {object} page
 * @param {ReturnType<typeof import("./index.js").createSeriesList>} page.seriesList
 * @param {ReturnType<typeof import("../form/measured_power.js").createMeasuredPower>} page.measuredPower
 * @param {() => string[]} page.zones the names of the reader's grid zone, by which files with several zones call it
 */
export function connectDataInputs({ seriesList, measuredPower, zones }) {
  for (const [id, place] of Object.entries({ files: seriesList, profile: measuredPower })) {
    const input = /** @type {HTMLInputElement} */ (document.getElementById(id));
    input.addEventListener("change", async () => {
      await addAll([...(input.files ?? [])], place);
      input.value = ""; // so that the same file can be chosen again
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
  document.querySelector("[data-action=live]")?.addEventListener("click", (event) => void requestPlace(/** @type {HTMLButtonElement} */ (event.currentTarget)));

  /** @param {File[]} files @param {{showError: (error: Error | null) => void}} [place] shows the errors */
  async function addAll(files, place = seriesList) {
    const errors = /** @type {string[]} */ ([]);
    for (const file of files) {
      await inflated(file).then(add).catch((error) => errors.push(`${file.name}: ${error.message}`));
    }
    place.showError(errors.length ? new Error(errors.join("; ")) : null);
  }

  /** @param {File} file */
  async function add(file) {
    const kind = kindOf(await new Blob([file.slice(0, 8000), file.slice(-8000)]).text());
    if (kind === "profile" || kind === "prometheus") return measuredPower.readProfile(file.name, await file.text(), kind);
    if (kind === "metrics") return measuredPower.readMetrics(await file.text(), file.name);
    if (!kind) throw new Error("unknown kind of file: expected a CSV with the header timestamp_utc,gco2_per_kwh or offset_seconds,power_watts, or the saved answer of a service");
    const { value } = /** @type {HTMLSelectElement} */ (document.getElementById("signal"));
    const signal = /** @type {import("../types.js").Signal} */ (value);
    const format = kind === "intensity" ? /** @type {const} */ ("csv") : /** @type {const} */ ("response");
    return seriesList.open({ kind: "file", name: seriesList.nameFor(file.name), signal, file, format, zones: zones() });
  }

  /** @param {HTMLButtonElement} button */
  async function requestPlace(button) {
    const chosen = /** @type {HTMLSelectElement} */ (document.getElementById("live-place")).value;
    const place = PLACES.find(({ id }) => id === chosen);
    const error = document.getElementById("live-error");
    if (!place || !error) return;
    error.textContent = "";
    button.setAttribute("aria-busy", "true");
    try {
      await seriesList.open({ kind: "live", name: place.name, text: await fetchIntensity(place, location.href) });
    } catch (failure) {
      error.textContent = /** @type {Error} */ (failure).message;
    }
    button.removeAttribute("aria-busy");
  }
}

/** The content of a gzip file; another file as it is. @param {File} file @returns {Promise<File>} */
async function inflated(file) {
  if (!/\.gz$/i.test(file.name)) return file;
  try {
    const content = await new Response(file.stream().pipeThrough(new DecompressionStream("gzip"))).blob();
    return new File([content], file.name.replace(/\.gz$/i, ""));
  } catch {
    throw new Error("the file ends in .gz, but is no gzip file or is cut off");
  }
}

/** Offers the places of the live services. */
function offerPlaces() {
  const select = document.getElementById("live-place");
  if (select) fill(select, optionGroups(PLACES.map(({ group, id, name }) => ({ group, value: id, text: name }))));
}
