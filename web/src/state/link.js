/** The question in the address: what differs from the first question, and the data by name and checksum. */

import { DEFAULTS } from "./fields.js";

/**
 * Data that a link names.
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
 * @param {import("../types.js").Question} question
 * @param {Named[]} data in its order
 * @param {{name: string, checksum: string} | null} profile
 * @returns {string} from # on; empty for the first question on the first data
 */
export function toHash(question, data, profile) {
  const entries = Object.entries(DEFAULTS).filter(([field, first]) => (question[field] ?? "") !== first);
  const words = new URLSearchParams(entries.map(([field]) => [field, question[field] ?? ""]));
  for (const { name, kind, signal, checksum } of data) words.append("data", [kind, signal, checksum, name].join("~"));
  if (profile) words.append("watts", [profile.checksum, profile.name].join("~"));
  return `#${words}`;
}

/**
 * @param {string} hash from # on
 * @returns {{question: import("../types.js").Question, data: Named[], profile: {name: string, checksum: string} | null}}
 */
export function fromHash(hash) {
  const words = new URLSearchParams(hash.replace(/^#/, ""));
  const question = { ...DEFAULTS };
  for (const field of Object.keys(DEFAULTS)) question[field] = words.get(field) ?? question[field] ?? "";
  if (!WORKS.includes(question.work ?? "")) question.work = DEFAULTS.work ?? "";
  const data = words.getAll("data").flatMap((text) => {
    const [kind = "", signal = "", checksum = "", ...name] = text.split("~");
    const good = KINDS.includes(kind) && SIGNALS.includes(signal) && name.length;
    return good ? [/** @type {Named} */ ({ kind, signal, checksum, name: name.join("~") })] : [];
  });
  const [checksum = "", ...name] = (words.get("watts") ?? "").split("~");
  return { question, data, profile: name.length ? { checksum, name: name.join("~") } : null };
}
