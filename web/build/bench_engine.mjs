/**
 * The benchmark of the engine: `cargo xtask bench wasm`. It times the same questions in wasm and natively, in one run. In
 * wasm a question is an object, and so is the answer, which JSON.parse makes from text. Natively a question is JSON, and
 * there are two times: up to the answer's JSON, and up to its parsed values, which the wasm's time also includes. A ratio
 * is given to each.
 */

import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";

import { engine, region, vectors } from "../tests/engine/engine.mjs";

/** Least number of runs and least time of a measurement, as on the native side. */
const REPEATS = 15;
const MEASURED_MILLISECONDS = 100;
/** Time of use before a measurement, as on the native side: by then the engine's hot code is optimised. */
const WARM_MILLISECONDS = 300;
/** Number of turns, of which each side's least median counts: other programs only ever make a median longer. */
const TURNS = 5;
const SERIES = "sgip-pge-2020";

const root = fileURLToPath(new URL("../..", import.meta.url));
const nativeTimes = () => JSON.parse(execFileSync(
  process.env.CARGO ?? "cargo",
  ["run", "--quiet", "--release", "--locked", "--package", "gpu-carbon-wasm", "--example", "times"],
  { cwd: root, stdio: ["ignore", "pipe", "inherit"] },
).toString());

const loaded = region(SERIES, { pack: `${SERIES}.pack` });
const cases = vectors("engine").cases.filter((/** @type {any} */ { regions }) => regions[0] === SERIES);

/** @param {any} vector */
function ask({ ask: method, request, options, hours }) {
  if (method === "year") return engine.year(request, loaded, options);
  if (method === "curve") return engine.curve(request, loaded, hours);
  if (method === "pauseCosts") return engine.pauseCosts(request, loaded);
  return engine.plan(request, [loaded]);
}

/** The time of one run, in milliseconds. @param {() => unknown} run */
function time(run) {
  const start = performance.now();
  run();
  return performance.now() - start;
}

/** The median time of runs after a warm-up, in milliseconds. @param {() => unknown} run */
function median(run) {
  const begun = performance.now();
  while (performance.now() < begun + WARM_MILLISECONDS) run();
  const times = [];
  const measured = performance.now();
  while (times.length < REPEATS || performance.now() < measured + MEASURED_MILLISECONDS) times.push(time(run));
  return Number(times.sort((a, b) => a - b)[Math.floor(times.length / 2)]);
}

const questions = cases.map((/** @type {any} */ vector) => {
  const run = () => ask(vector);
  // The first run includes the compilation by the browser.
  return { name: `${vector.ask}: ${vector.why}`, run, first: time(run), text: Infinity, values: Infinity, wasm: Infinity };
});
for (let turn = 0; turn < TURNS; turn++) {
  const native = nativeTimes();
  for (const question of questions) {
    const [text, values] = native[question.name];
    question.text = Math.min(question.text, text);
    question.values = Math.min(question.values, values);
    question.wasm = Math.min(question.wasm, median(question.run));
  }
}
console.log("native ms: JSON    values  wasm ms  ratio to JSON  to values  wasm, first ms");
for (const { name, first, text, values, wasm } of questions) {
  const number = (/** @type {number} */ value, /** @type {number} */ width, digits = 3) => value.toFixed(digits).padStart(width);
  console.log(`${number(text, 15)}${number(values, 10)}${number(wasm, 9)}${number(wasm / text, 15, 2)}${number(wasm / values, 11, 2)}${number(first, 16, 2)}  ${name}`);
}
