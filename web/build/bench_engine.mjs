/**
 * The planner in wasm beside itself natively, on the same questions in one run: `cargo xtask bench wasm`. In wasm a question
 * is an object, and so is the answer, which JSON.parse makes of text. Natively a question is JSON; the time is taken up to
 * the answer's JSON, and up to the values in it, parsed, which is what the wasm's time is for. The ratio is to each of them.
 */

import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";

import { engine, region, vectors } from "../tests/engine/engine.mjs";

/** As on the native side: so many runs at least, and for so long at least. */
const REPEATS = 15;
const MEASURED_MILLISECONDS = 100;
/** As on the native side: the engine has been used for a while, and what is used often is compiled well. */
const WARM_MILLISECONDS = 300;
/** What else runs on the machine only ever makes a median longer: of so many turns, each side's least is taken. */
const TURNS = 5;
const SERIES = "sgip-pge-2020";

const root = fileURLToPath(new URL("../..", import.meta.url));
const native = () => JSON.parse(execFileSync(
  process.env.CARGO ?? "cargo",
  ["run", "--quiet", "--release", "--locked", "--package", "gpu-carbon-wasm", "--example", "times"],
  { cwd: root, stdio: ["ignore", "pipe", "inherit"] },
).toString());

const given = region(SERIES, { pack: `${SERIES}.pack` });
const cases = vectors("engine").cases.filter((/** @type {any} */ { regions }) => regions[0] === SERIES);

/** @param {any} vector */
function ask({ ask: what, request, options, hours }) {
  if (what === "year") return engine.year(request, given, options);
  if (what === "curve") return engine.curve(request, given, hours);
  if (what === "pauseCosts") return engine.pauseCosts(request, given);
  return engine.plan(request, [given]);
}

/** One run, in milliseconds. @param {() => unknown} run */
function time(run) {
  const start = performance.now();
  run();
  return performance.now() - start;
}

/** The median of runs once it is warm, in milliseconds. @param {() => unknown} run */
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
  // The first run, which the browser compiles for while it goes on.
  return { name: `${vector.ask}: ${vector.why}`, run, first: time(run), text: Infinity, values: Infinity, wasm: Infinity };
});
for (let turn = 0; turn < TURNS; turn++) {
  const beside = native();
  for (const question of questions) {
    const [text, values] = beside[question.name];
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
