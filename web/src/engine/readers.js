/** The wasm that reads files and the responses of services, loaded with the first of them. */

import init, * as readers from "./pkg/gpu_carbon_readers.js";
import address from "./pkg/gpu_carbon_readers_bg.wasm";

/** @type {Promise<unknown> | undefined} */
let ready;

/** Loads the readers once. @returns {Promise<typeof readers>} */
export async function load() {
  ready ??= init({ module_or_path: new URL(/** @type {string} */ (/** @type {unknown} */ (address)), import.meta.url) });
  try {
    await ready;
  } catch (error) {
    ready = undefined; // the network may be back when the next file is added
    throw error;
  }
  return readers;
}
