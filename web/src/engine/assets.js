/** Addresses of the files that the engine loads: the wasm at the start, each bundled series when it is opened. */

import pge from "../../../crates/feeds/data/sgip-pge-2020.pack";
import sce from "../../../crates/feeds/data/sgip-sce-2020.pack";
import address from "./pkg/gpu_carbon_wasm_bg.wasm";

/** Address of the engine's wasm. */
export const wasm = /** @type {string} */ (/** @type {unknown} */ (address));

/** Addresses of the bundled series by name. @type {Readonly<Record<string, string>>} */
export const packs = Object.freeze({ "sgip-pge-2020": pge, "sgip-sce-2020": sce });
