/** Tests of the engine's JavaScript interface, and of its errors. */

import assert from "node:assert/strict";
import { test } from "node:test";

import { engine, outcome, readers, region, vectors } from "./engine.mjs";

const { series } = vectors("readers");
const awkward = region("awkward", series.awkward);
const start = "2020-06-01T00:00:00Z";
const request = { job: { duration_seconds: 3600, energy_kilowatt_hours: 2 }, start, window_seconds: 7200 };

/** @param {any} changed */
const errorOf = (changed) => outcome(() => engine.plan(changed, [awkward])).error;

test("regions can be used again after a call", () => {
  const twice = [engine.plan(request, [awkward]), engine.plan(request, [awkward])];
  assert.deepEqual(twice[0], twice[1]);
  assert.equal(awkward.name, "awkward");
});

test("a freed region is an error, and nothing else breaks", () => {
  const gone = region("gone", series.twin);
  gone.free();
  assert.throws(() => engine.plan(request, [gone]));
  assert.equal(engine.plan(request, [awkward]).best_region, "awkward");
});

test("an error is an Error with the name of the field", () => {
  const { job } = request;
  assert.equal(errorOf({ ...request, extra: 1 })?.field, "extra");
  assert.equal(errorOf({ ...request, job: { ...job, extra: 1 } })?.field, "job.extra");
  assert.equal(errorOf({ ...request, job: { ...job, energy_kilowatt_hours: "2" } })?.field, "job.energy_kilowatt_hours");
  assert.equal(errorOf({ ...request, job: { ...job, power_watts: 2 } })?.field, "job");
  assert.equal(errorOf({ ...request, job: { duration_seconds: 10, profile: [[0, 1], [5, -1]] } })?.field, "job.profile[1][1]");
  assert.equal(errorOf({ ...request, window_seconds: NaN })?.field, "window_seconds");
  assert.equal(errorOf({ ...request, start: "2020-06-01T00:00:00" })?.field, "start");
  assert.equal(errorOf({ ...request, pause_costs: { most_pauses: 1.5 } })?.field, "pause_costs.most_pauses");
  assert.equal(errorOf({ ...request, power_usage_effectiveness: 0.5 })?.field, "power_usage_effectiveness");
  assert.equal(errorOf({ ...request, signal: "both" })?.field, "signal");
  for (const nothing of [null, undefined, 5, "x", [], () => 1]) assert.ok(errorOf(nothing)?.message);
});

test("undefined and null count as left out", () => {
  const withNulls = { ...request, signal: undefined, home_region: null, pause_costs: { most_pauses: null } };
  const { pause_costs: costs, ...rest } = engine.plan(withNulls, [awkward]);
  const { pause_costs: free, ...plain } = engine.plan(request, [awkward]);
  assert.deepEqual(rest, plain);
  assert.deepEqual(costs, free);
});

test("unknown packs and damaged ones are errors", () => {
  assert.equal(outcome(() => engine.Region.fromPack("sgip", new Uint8Array())).error?.field, "name");
  assert.equal(outcome(() => engine.Region.fromPack("sgip-pge-2020", new Uint8Array(40))).error?.field, "bytes");
});

test("drawing an empty time is an error", () => {
  assert.equal(outcome(() => awkward.draw(5, 5, 10)).error?.field, "to_milliseconds");
  assert.equal(outcome(() => awkward.draw(0, NaN, 10)).error?.field, "to_milliseconds");
});

test("the best start and the cheapest slots are those of a brute-force search", () => {
  const values = series.awkward.csv.filter((/** @type {string} */ row) => /^\d/.test(row));
  const rows = values.map((/** @type {string} */ row) => Number(row.split(",")[1]));
  const [duration, window] = [12, 48]; // slots
  for (let first = 0; first + duration + window <= rows.length; first += 7) {
    const from = new Date(Date.parse(start) + first * 300_000).toISOString();
    const plan = engine.plan({ ...request, start: from, window_seconds: window * 300 }, [awkward]);
    /** Two kilowatt-hours over twelve slots. @param {number[]} slots */
    const grams = (slots) => slots.reduce((sum, value) => sum + (value * 2) / duration, 0);
    const starts = Array.from({ length: window + 1 }, (_, later) => grams(rows.slice(first + later, first + later + duration)));
    const cheapest = rows.slice(first, first + window + duration).sort((/** @type {number} */ a, /** @type {number} */ b) => a - b);
    const found = /** @type {import("../../src/engine/pkg/gpu_carbon_wasm.js").RegionPlan} */ (plan.regions[0]);
    const near = (/** @type {number} */ a, /** @type {number} */ b) => assert.ok(Math.abs(a - b) <= 1e-9 * Math.max(1, b), `${a}, not ${b}`);
    near(found.baseline.emissions_grams, Number(starts[0]));
    near(found.flexible_start.emissions_grams, Math.min(...starts));
    near(found.pause_and_resume.emissions_grams, grams(cheapest.slice(0, duration)));
  }
});

test("a reading exposes its values and facts", () => {
  const read = readers.Reading.fromCsv("two", "timestamp_utc,gco2_per_kwh\n2020-06-01T00:00:00.5Z,0.1\n2020-06-01T00:05:00.5Z,1e2\n", "average", []);
  assert.deepEqual([...read.times], [1590969600.5, 1590969900.5]);
  assert.deepEqual([...read.grams], [0.1, 100]);
  assert.deepEqual([read.signal, read.quality, read.stepSeconds, read.attribution], ["average", "measured", 300, undefined]);
});
