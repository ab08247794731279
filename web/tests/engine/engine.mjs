/** The wasm in Node, and the shared test vectors. */

import { readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";

import * as engine from "../../src/engine/pkg/gpu_carbon_wasm.js";
import * as readers from "../../src/engine/pkg/gpu_carbon_readers.js";

/** @param {string} path from the top of the project */
const file = (path) => readFileSync(new URL(`../../../${path}`, import.meta.url));

engine.initSync({ module: file("web/src/engine/pkg/gpu_carbon_wasm_bg.wasm") });
readers.initSync({ module: file("web/src/engine/pkg/gpu_carbon_readers_bg.wasm") });

export { engine, readers };

/** @param {string} name */
export const vectors = (name) => JSON.parse(file(`tests/vectors/${name}.json`).toString());

/** @param {string} name @param {{csv?: string[], signal?: any, response?: object}} series */
export function reading(name, { csv, signal, response }) {
  if (csv) return readers.Reading.fromCsv(name, `${csv.join("\n")}\n`, signal, []);
  return readers.Reading.fromResponse(JSON.stringify(response));
}

/** @param {string} name @param {{pack?: string, csv?: string[], signal?: string, response?: object}} series */
export function region(name, series) {
  if (!series.pack) return engine.Region.fromReading(name, reading(name, series));
  return engine.Region.fromPack(name, gunzipSync(file(`crates/feeds/data/${series.pack}`)));
}

/** The outcome of a call as a vector has it: its answer or its error. @param {() => unknown} ask */
export function outcome(ask) {
  try {
    return { answer: ask() };
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    const { field = null, message } = /** @type {Error & {field?: string}} */ (error);
    return { error: { field, message } };
  }
}
