/** The answer: what waiting, pausing and moving would save. */

/**
 * @param {HTMLElement} root
 * @returns {import("../types.js").Answer}
 */
export function createAnswer(root) {
  return {
    show(model) {
      root.textContent = JSON.stringify(model.plan.shifts, null, 2);
    },
    showYear() {},
    showCurve() {},
    showPauseCosts() {},
    busy() {},
    fail() {},
  };
}
