/** The kind of a file, from its content, and a name for its series. */

/** @typedef {"intensity" | "response" | "profile" | "prometheus" | "metrics" | null} Kind */

/**
 * The kind of a file.
 * @param {string} text the file's beginning and end are enough
 * @returns {Kind} null: an unknown kind
 */
export function kindOf(text) {
  // UTF-16 that is read as UTF-8 has a zero byte beside each letter.
  const plain = text.slice(0, 8000).replace(/[\u0000\uFEFF\uFFFD]/g, "").trimStart();
  const start = plain.slice(0, 4000);
  if (/^#\s*(HELP|TYPE)\s/m.test(start) || /^gpu_carbon_\w+[{ ]/m.test(start)) return "metrics";
  // Comment lines, such as `# signal: average`, may stand before a header.
  const header = /^(?!\s*#).*\S.*$/m.exec(start)?.[0] ?? "";
  if (/^"?offset_seconds"?\s*,/i.test(header)) return "profile";
  if (start.startsWith("<") && text.includes("<DailyData>")) return "response"; // a yearly file of IESO
  if (/^[{[]/.test(start)) return /"resultType"\s*:/.test(text) ? "prometheus" : "response";
  // The reader knows the columns of several services, and says what is wrong with others.
  return /[,;\t]/.test(header) && /time|date|utc/i.test(header) ? "intensity" : null;
}

/**
 * The name of a file without its folder and extension, and without signs that turn the text around them; with a number where it is taken.
 * @param {string} file
 * @param {(name: string) => boolean} isTaken
 */
export function nameOf(file, isTaken) {
  const stem = (file.split(/[\\/]/).pop() ?? "").replaceAll(/[\u200e\u200f\u202a-\u202e\u2066-\u2069]/g, "").replace(/\.(csv|json|txt|xml)$/i, "") || "unnamed";
  let name = stem;
  for (let next = 2; isTaken(name); next += 1) name = `${stem} (${next})`;
  return name;
}
