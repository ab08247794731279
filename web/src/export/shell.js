/**
 * Words of a POSIX shell, whatever they hold: the names of files are the reader's.
 * @module
 */

/**
 * @param {string} word
 * @returns {string}
 */
export function quoted(word) {
  return /^[\w./:@%+=,-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}

/**
 * A file as an argument: a name that begins with a dash is not taken for a flag.
 *
 * @param {string} name
 * @returns {string}
 */
export function file(name) {
  return quoted(name.startsWith("-") ? `./${name}` : name);
}
