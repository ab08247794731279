/** What the reader takes away. */

/**
 * @param {HTMLElement} _root
 * @returns {import("../types.js").TakeAway}
 */
export function createTakeAway(_root) {
  return { show() {} };
}
