/** The kind of a file, from its content, and a name for its series. */

/** @typedef {"intensity" | "response" | "profile" | "prometheus" | "metrics" | null} Kind */

/**
 * The kind of a file.
 * @param {string} text the file's beginning and end are enough
 * @returns {Kind} null: an unknown kind
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
 * The name of a file without its folder and extension, with a number where it is taken.
 * @param {string} file
 * @param {(name: string) => boolean} isTaken
 */
export function nameOf(file, isTaken) {
  const stem = (file.split(/[\\/]/).pop() ?? "").replace(/\.(csv|json|txt)$/i, "") || "unnamed";
  let name = stem;
  for (let next = 2; isTaken(name); next += 1) name = `${stem} (${next})`;
  return name;
}
