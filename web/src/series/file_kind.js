/** What a file is, by how it begins; and a name for it. */

/** @typedef {"intensity" | "response" | "profile" | "prometheus" | "metrics" | null} Kind */

/**
 * @param {string} text its beginning and its end are enough
 * @returns {Kind} null: nothing that is known here
 */
export function kindOf(text) {
  const start = text.replace(/^\uFEFF/, "").trimStart().slice(0, 4000);
  if (/^"?timestamp_utc"?\s*,/i.test(start)) return "intensity";
  if (/^"?offset_seconds"?\s*,/i.test(start)) return "profile";
  if (/^#\s*(HELP|TYPE)\s/m.test(start) || /^gpu_carbon_\w+[{ ]/m.test(start)) return "metrics";
  if (/^[{[]/.test(start)) return /"resultType"\s*:/.test(text) ? "prometheus" : "response";
  return null;
}

/**
 * The name of a file without its folder and its ending.
 * @param {string} file
 * @param {(name: string) => boolean} taken
 */
export function nameOf(file, taken) {
  const stem = (file.split(/[\\/]/).pop() ?? "").replace(/\.(csv|json|txt)$/i, "") || "unnamed";
  let name = stem;
  for (let next = 2; taken(name); next += 1) name = `${stem} (${next})`;
  return name;
}
