/** Addresses of the files that the engine loads: the wasm at the start, each recorded year when it is opened. */

import addresses from "regions:packs";
import address from "./pkg/gpu_carbon_wasm_bg.wasm";

/** Address of the engine's wasm. */
export const wasm = /** @type {string} */ (/** @type {unknown} */ (address));

/** Addresses of the bundled series by name. @type {Readonly<Record<string, string>>} */
export const packs = Object.freeze(addresses);
