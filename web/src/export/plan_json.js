/**
 * The plan as files.
 * @module
 */

/** @import { Plan } from "../types.js" */

/**
 * The document, as `gpu-carbon plan --format json` writes it.
 *
 * @param {Plan} plan
 * @returns {string}
 */
export function planJson(plan) {
  return JSON.stringify(plan, null, 2) + "\n";
}
