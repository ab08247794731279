/**
 * Arguments of a POSIX shell, quoted whatever they hold: the names of files come from the reader.
 * @module
 */

/**
 * A word as the shell takes it unchanged.
 *
 * @param {string} word
 * @returns {string}
 */
export function quoted(word) {
  return /^[\w./:@%+=,-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}

/**
 * A file name as an argument: one that begins with a dash is not read as a flag.
 *
 * @param {string} name
 * @returns {string}
 */
export function fileArgument(name) {
  return quoted(name.startsWith("-") ? `./${name}` : name);
}
