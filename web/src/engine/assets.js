/** The files that the engine loads, by their addresses beside it: the wasm at once, the shipped series when they are wanted. */

import pge from "../../../crates/feeds/data/sgip-pge-2020.pack";
import sce from "../../../crates/feeds/data/sgip-sce-2020.pack";
import address from "./pkg/gpu_carbon_wasm_bg.wasm";

export const wasm = /** @type {string} */ (/** @type {unknown} */ (address));

/** @type {Readonly<Record<string, string>>} */
export const packs = Object.freeze({ "sgip-pge-2020": pge, "sgip-sce-2020": sce });
