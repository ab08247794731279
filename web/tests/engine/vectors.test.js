/** The shared vectors in wasm: their answers are those of native Rust, bit for bit. See crates/wasm/tests/vectors.rs. */

import assert from "node:assert/strict";
import { test } from "node:test";

import { engine, outcome, reading, readers, region, vectors } from "./engine.mjs";

const read = vectors("readers");
const asked = vectors("engine");

/** @type {Map<string, import("../../src/engine/pkg/gpu_carbon_wasm.js").Region>} */
const regions = new Map(Object.entries(read.series).map(([name, series]) => [name, region(name, /** @type {any} */ (series))]));

/** @param {any} vector @param {() => unknown} ask */
function same(vector, ask) {
  const { answer, error } = vector;
  assert.deepEqual(outcome(ask), error ? { error } : { answer });
}

for (const [name, series] of Object.entries(read.series)) {
  test(`reads ${name}`, () => {
    const found = /** @type {any} */ (regions.get(name));
    const facts = Object.fromEntries(Object.keys(series.answer).map((key) => [key, found[key] ?? null]));
    assert.deepEqual(facts, series.answer);
  });
}

test("reports the errors of unreadable texts", () => {
  for (const series of read.bad) same(series, () => reading("bad", series));
  for (const vector of read.texts) {
    const ask = /** @type {any} */ (readers)[vector.ask];
    same(vector, () => ask(vector.text));
  }
});

for (const vector of asked.cases) {
  test(`answers ${vector.ask}: ${vector.why}`, () => {
    const given = vector.regions.map((/** @type {string} */ name) => regions.get(name));
    /** @type {Record<string, () => unknown>} */
    const ask = {
      plan: () => engine.plan(vector.request, given),
      year: () => engine.year(vector.request, given[0], vector.options),
      curve: () => engine.curve(vector.request, given[0], vector.hours),
      pauseCosts: () => engine.pauseCosts(vector.request, given[0]),
      seasonal: () => engine.seasonal(vector.request, given[0]),
      rankByLevel: () => engine.rankByLevel(vector.request, vector.levels, vector.home, vector.costs),
    };
    same(vector, /** @type {() => unknown} */ (ask[vector.ask]));
  });
}

test("draws the same points", () => {
  for (const vector of asked.draws) {
    const { region: name, from_milliseconds: from, to_milliseconds: to, points } = vector;
    same(vector, () => Array.from(/** @type {any} */ (regions.get(name)).draw(from, to, points), (value) => (Number.isNaN(value) ? null : value)));
  }
});

test("has the same facts", () => {
  for (const vector of asked.calculations) {
    const ask = /** @type {any} */ (engine)[vector.ask];
    same(vector, () => ask(...vector.arguments));
  }
});
