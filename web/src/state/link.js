/** The question as the hash of an address: the fields that differ from the defaults, and the data by name and checksum. */

import { DEFAULTS, defaultsFor } from "./fields.js";

/**
 * A series that a link names.
 * @typedef {object} Named
 * @property {string} name
 * @property {"pack" | "file" | "live"} kind
 * @property {import("../types.js").Signal} signal
 * @property {string} checksum
 */

/** The values of the fields that offer a choice of few; those of the others are checked with the question. */
const CHOICES = Object.freeze({
  work: ["paper", "gpus", "energy", "power", "profile"],
  when: ["now", "at"],
  canPause: ["", "on"],
  embodied: ["", "on"],
  host: ["gpus", "paper", "own"],
  unit: ["job", "1,000 tokens", "1,000 requests", "epoch"],
});

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
  const entries = Object.entries(defaultsFor(question.region ?? "")).filter(([field, initial]) => (question[field] ?? "") !== initial);
  const parameters = new URLSearchParams(entries.map(([field]) => [field, question[field] ?? ""]));
  for (const { name, kind, signal, checksum } of data) parameters.append("data", [kind, signal, checksum, name].join("~"));
  if (profile) parameters.append("watts", [profile.checksum, profile.name].join("~"));
  return `#${parameters}`;
}

/**
 * The question and data of a hash. Parts that the page does not know are named; a series that stands in it twice counts once.
 * @param {string} hash from # on
 * @returns {{question: import("../types.js").Question, data: Named[], profile: {name: string, checksum: string} | null, unknown: string[], isQuestion: boolean}} isQuestion: false where the page knows no part
 */
export function fromHash(hash) {
  const parameters = new URLSearchParams(hash.replace(/^#/, ""));
  const initial = defaultsFor(parameters.get("region") ?? "");
  const question = /** @type {import("../types.js").Question} */ ({ ...initial });
  for (const field of Object.keys(DEFAULTS)) question[field] = parameters.get(field) ?? question[field] ?? "";
  const names = [...new Set(parameters.keys())].filter(Boolean);
  const unknown = names.filter((field) => !Object.hasOwn(DEFAULTS, field) && field !== "data" && field !== "watts");
  const isQuestion = names.length > unknown.length;
  for (const [field, values] of Object.entries(CHOICES)) {
    if (values.includes(question[field] ?? "")) continue;
    unknown.push(`${field}=${question[field]}`);
    question[field] = initial[field] ?? "";
  }
  const named = parameters.getAll("data").flatMap((text) => {
    const [kind = "", signal = "", checksum = "", ...name] = text.split("~");
    const valid = KINDS.includes(kind) && SIGNALS.includes(signal) && name.length;
    return valid ? [/** @type {Named} */ ({ kind, signal, checksum, name: name.join("~") })] : [];
  });
  const data = named.filter(({ name }, index) => named.findIndex((other) => other.name === name) === index);
  const [checksum = "", ...name] = (parameters.get("watts") ?? "").split("~");
  return { question, data, profile: name.length ? { checksum, name: name.join("~") } : null, unknown, isQuestion };
}
