/** The question as the hash of an address: the fields that differ from the defaults, and the data by name and checksum. */

import { DEFAULTS } from "./fields.js";

/**
 * A series that a link names.
 * @typedef {object} Named
 * @property {string} name
 * @property {"pack" | "file" | "live"} kind
 * @property {import("../types.js").Signal} signal
 * @property {string} checksum
 */

const WORKS = ["paper", "gpus", "energy", "power", "profile"];
const KINDS = ["pack", "file", "live"];
const SIGNALS = ["marginal", "average"];

/**
 * The hash for a question and its data.
 * @param {import("../types.js").Question} question
 * @param {Named[]} data in the order of the list
 * @param {{name: string, checksum: string} | null} profile
 * @returns {string} from # on; "#" where nothing differs
 */
export function toHash(question, data, profile) {
  const entries = Object.entries(DEFAULTS).filter(([field, initial]) => (question[field] ?? "") !== initial);
  const parameters = new URLSearchParams(entries.map(([field]) => [field, question[field] ?? ""]));
  for (const { name, kind, signal, checksum } of data) parameters.append("data", [kind, signal, checksum, name].join("~"));
  if (profile) parameters.append("watts", [profile.checksum, profile.name].join("~"));
  return `#${parameters}`;
}

/**
 * The question and data of a hash; unknown and malformed parts are ignored.
 * @param {string} hash from # on
 * @returns {{question: import("../types.js").Question, data: Named[], profile: {name: string, checksum: string} | null}}
 */
export function fromHash(hash) {
  const parameters = new URLSearchParams(hash.replace(/^#/, ""));
  const question = { ...DEFAULTS };
  for (const field of Object.keys(DEFAULTS)) question[field] = parameters.get(field) ?? question[field] ?? "";
  if (!WORKS.includes(question.work ?? "")) question.work = DEFAULTS.work ?? "";
  const data = parameters.getAll("data").flatMap((text) => {
    const [kind = "", signal = "", checksum = "", ...name] = text.split("~");
    const valid = KINDS.includes(kind) && SIGNALS.includes(signal) && name.length;
    return valid ? [/** @type {Named} */ ({ kind, signal, checksum, name: name.join("~") })] : [];
  });
  const [checksum = "", ...name] = (parameters.get("watts") ?? "").split("~");
  return { question, data, profile: name.length ? { checksum, name: name.join("~") } : null };
}
