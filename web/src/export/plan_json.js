/**
 * The plan as a JSON file.
 * @module
 */

/** @import { Plan } from "../types.js" */

/**
 * The document that `gpu-carbon plan --format json` writes.
 *
 * @param {Plan} plan
 * @returns {string}
 */
export function planJson(plan) {
  return JSON.stringify(plan, null, 2) + "\n";
}
