/**
 * Bundles the page into dist/: `npm run build`. The wasm must be in src/engine/pkg by then: `cargo xtask web` does
 * both. Every file but the entry points is named by its content, so that the service worker, and any cache, may
 * keep it for good. Two runs give the same bytes.
 */

import { createHash } from "node:crypto";
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";

import esbuild from "esbuild";

const web = dirname(dirname(fileURLToPath(import.meta.url)));
const dist = join(web, "dist");
const wasm = join(web, "src/engine/pkg/gpu_carbon_wasm_bg.wasm");

/** What a first visit loads beside the page itself. */
const DEFAULT_PACK = "sgip-pge-2020.pack";

/** @type {esbuild.BuildOptions} */
const common = {
  absWorkingDir: web,
  bundle: true,
  minify: true,
  format: "esm",
  target: ["es2022"],
  outdir: dist,
  entryNames: "[name]-[hash]",
  assetNames: "[name]-[hash]",
  chunkNames: "[name]-[hash]",
  splitting: true,
  loader: { ".wasm": "file", ".pack": "file", ".csv": "file" },
  metafile: true,
  logLevel: "warning",
};

if (!existsSync(wasm)) {
  console.error(`${wasm} is missing: cargo xtask web builds it first`);
  process.exit(2);
}
rmSync(dist, { recursive: true, force: true });
mkdirSync(dist);
cpSync(join(web, "public"), dist, { recursive: true });

/** What is loaded only when it is wanted. @type {Set<string>} */
const later = new Set();
const worker = await bundle("src/engine/worker.js");
const style = await bundle("src/style/index.css");
const main = await bundle("src/main.js", { WORKER: JSON.stringify(`./${worker.name}`) });
const pack = present(DEFAULT_PACK.replace(".pack", ""));

// What the worker loads is left to it: asked for here, 240 kB would hold up the page's first sight on a slow line.
const head = [
  `<link rel="stylesheet" href="${style.name}" />`,
  ...[worker.name, ...worker.beside, ...main.beside].map((name) => `<link rel="modulepreload" href="${name}" />`),
].join("\n    ");
const page = readFileSync(join(web, "index.html"), "utf8")
  .replace(/<!-- the build puts .* -->/, head)
  .replace('src="main.js"', `src="${main.name}"`);
writeFileSync(join(dist, "index.html"), page);
writeFileSync(join(dist, "sw.js"), serviceWorker());
weigh();

/**
 * @param {string} entry
 * @param {Record<string, string>} define
 * @returns {Promise<{name: string, beside: string[]}>} the name of its bundle, and of those that it loads at once
 */
async function bundle(entry, define = {}) {
  const { metafile } = await esbuild.build({ ...common, entryPoints: [entry], define });
  const output = Object.entries(metafile?.outputs ?? {}).find(([, made]) => made.entryPoint === entry);
  if (!output) throw new Error(`${entry} made no bundle`);
  const [path, { imports }] = output;
  for (const { kind, path } of imports) if (kind === "dynamic-import") later.add(basename(path));
  return { name: basename(path), beside: imports.filter(({ kind }) => kind === "import-statement").map(({ path }) => basename(path)) };
}

/** @param {string} stem @returns {string} the name of the file made from it */
function present(stem) {
  const name = readdirSync(dist).find((file) => file.startsWith(`${stem}-`));
  if (!name) throw new Error(`nothing in the site is made from ${stem}: does the worker name it?`);
  return name;
}

/** @param {string} name of a file that a first visit does without */
function wantedLater(name) {
  return later.has(name) || name.startsWith("gpu_carbon_readers") || (name.endsWith(".pack") && name !== pack);
}

/** What a first visit loads, and what the service worker keeps from then on. */
function visited() {
  return readdirSync(dist).filter((name) => !wantedLater(name) && name !== "sw.js").sort();
}

function serviceWorker() {
  const files = visited();
  const hash = createHash("sha256");
  for (const file of files) hash.update(file).update(readFileSync(join(dist, file)));
  return readFileSync(join(web, "build/sw.js"), "utf8")
    .replace("__VERSION__", hash.digest("hex").slice(0, 16))
    .replace('["__AFTERWARDS__"]', JSON.stringify(readdirSync(dist).filter((file) => wantedLater(file) && !file.endsWith(".pack")).sort()))
    .replace('["__FILES__"]', JSON.stringify(["./", ...files.filter((file) => file !== "index.html")]));
}

/** Says what a first visit weighs; tests/site.test.mjs holds it to its budget. */
function weigh() {
  const weights = visited().concat("sw.js").map((name) => ({
    name,
    bytes: gzipSync(readFileSync(join(dist, name)), { level: 9 }).length,
  }));
  for (const { name, bytes } of weights) console.log(`${String(bytes).padStart(8)}  ${name}`);
  const visit = weights.reduce((sum, { bytes }) => sum + bytes, 0);
  console.log(`${String(visit).padStart(8)}  a first visit, compressed, all told`);
}
