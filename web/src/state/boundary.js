/** The boundary of the result: the GPUs alone, or the server around them, by the share of its power that the GPUs take. */

import { number } from "./quantity.js";

/**
 * @typedef {object} Boundary
 * @property {number | null} percent of the server's power that the GPUs take; null: the rest of the server is left out
 * @property {string} source of that share
 */

/** The share in the paper, percent: one TITAN X, of the power of GPU, two CPUs and DRAM. */
export const PAPER_PERCENT = 74;

/** The source of the paper's share. */
const PAPER_SOURCE = "Dodge et al. 2022, Table 1";

/** The boundary of those who choose nothing. @type {Boundary} */
export const GPUS_ONLY = Object.freeze({ percent: null, source: "" });

/**
 * The boundary of the form.
 * @param {import("../types.js").Question} question
 * @param {<T>(field: string, parse: (text: string) => T) => T | undefined} field parses a field, or notes its error
 * @returns {Boundary}
 */
export function parseBoundary({ host }, field) {
  if (host === "paper") return { percent: PAPER_PERCENT, source: PAPER_SOURCE };
  if (host !== "own") return GPUS_ONLY;
  const percent = field("hostShare", (text) => number(text, { least: 1, most: 100, unit: "%", what: "percent of the server’s power, 1 to 100" }));
  return { percent: percent ?? 100, source: "as entered" };
}

/** The boundary as the engine takes it, which divides the energy by the share. @param {Boundary} boundary @returns {"paper" | number | null} */
export function hostShare({ percent, source }) {
  return source === PAPER_SOURCE ? "paper" : percent;
}

/** The boundary in one sentence. @param {Boundary} boundary @param {"GPUs" | "devices"} [what] */
export function boundarySentence({ percent, source }, what = "GPUs") {
  if (percent === null) return `Boundary: the ${what} alone, without the rest of their servers.`;
  return `Boundary: the servers, of whose power the ${what} take ${percent}\u202f% (${source}).`;
}
