/** The readers of files and of answers of services, loaded when the first one comes. */

import init, * as readers from "./pkg/gpu_carbon_readers.js";
import address from "./pkg/gpu_carbon_readers_bg.wasm";

/** @type {Promise<unknown> | undefined} */
let ready;

/** @returns {Promise<typeof readers>} */
export async function load() {
  ready ??= init({ module_or_path: new URL(/** @type {string} */ (/** @type {unknown} */ (address)), import.meta.url) });
  try {
    await ready;
  } catch (error) {
    ready = undefined; // the network may be back at the next file
    throw error;
  }
  return readers;
}
