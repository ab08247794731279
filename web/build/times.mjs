/** The planner in wasm beside itself natively, on the same questions in one run: `cargo xtask bench wasm`. */

import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";

import { engine, region, vectors } from "../tests/engine/engine.mjs";

const REPEATS = 15;
/** As the native side: the engine has been used for a while, and what is used often is compiled well. */
const WARM_MILLISECONDS = 300;
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

/**
 * The first run, which the browser compiles for while it goes on, and the median of runs after that, in milliseconds.
 * @param {() => unknown} run
 */
function times(run) {
  const begun = performance.now();
  run();
  const first = performance.now() - begun;
  while (performance.now() < begun + WARM_MILLISECONDS) run();
  const sorted = Array.from({ length: REPEATS }, () => {
    const start = performance.now();
    run();
    return performance.now() - start;
  }).sort((a, b) => a - b);
  return { first, median: Number(sorted[Math.floor(REPEATS / 2)]) };
}

// What else runs on the machine should weigh on both alike: natively before and after, and the mean of the two.
const before = native();
const wasm = cases.map((/** @type {any} */ vector) => ({ name: `${vector.ask}: ${vector.why}`, ...times(() => ask(vector)) }));
const after = native();
console.log("  native ms  wasm ms  ratio  wasm, first ms");
for (const { name, first, median } of wasm) {
  const beside = (before[name] + after[name]) / 2;
  console.log(`${beside.toFixed(2).padStart(11)}${median.toFixed(2).padStart(9)}${(median / beside).toFixed(2).padStart(7)}${first.toFixed(2).padStart(16)}  ${name}`);
}
