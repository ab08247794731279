/**
 * Bundles the page into dist/: `npm run build`. The wasm must be in src/engine/pkg: `cargo xtask web` builds both. Every
 * file but the entry points is named by its content, so that the service worker and any cache can store it for good. Two
 * runs give the same bytes.
 */

import { createHash } from "node:crypto";
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";

import esbuild from "esbuild";

import { regionsPlugin } from "./region_map.mjs";

const web = dirname(dirname(fileURLToPath(import.meta.url)));
const dist = join(web, "dist");
const wasm = join(web, "src/engine/pkg/gpu_carbon_wasm_bg.wasm");

/** The series of the paper's example, which is stored in the background. */
const EXAMPLE_PACK = /^sgip-pge-2020-.*\.pack$/;

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
  loader: { ".wasm": "file", ".pack": "file", ".md": "file" },
  plugins: [regionsPlugin],
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

/** Files that are loaded only when the reader needs them. @type {Set<string>} */
const later = new Set();
const worker = await bundle("src/engine/worker.js");
const style = await bundle("src/style/index.css");
const address = { WORKER: JSON.stringify(`./${worker.name}`) };
const start = await bundle("src/engine/start.js", address);
const main = await bundle("src/main.js", address);

// The worker loads its own wasm: preloaded here, its 130 kB would delay the first display on a slow connection.
const head = [
  `<link rel="stylesheet" href="${style.name}" />`,
  `<script type="module" async src="${start.name}"></script>`,
  ...[worker.name, ...worker.beside, ...main.beside].map((name) => `<link rel="modulepreload" href="${name}" />`),
].join("\n    ");
const page = readFileSync(join(web, "index.html"), "utf8")
  .replace(/<!-- the build inserts .* -->/, head)
  .replace('src="main.js"', `src="${main.name}"`);
writeFileSync(join(dist, "index.html"), page);
writeFileSync(join(dist, "sw.js"), serviceWorker());
printSizes();

/**
 * @param {string} entry
 * @param {Record<string, string>} define
 * @returns {Promise<{name: string, beside: string[]}>} the name of its bundle, and of the bundles that it imports
 */
async function bundle(entry, define = {}) {
  const { metafile } = await esbuild.build({ ...common, entryPoints: [entry], define });
  const output = Object.entries(metafile?.outputs ?? {}).find(([, { entryPoint }]) => entryPoint === entry);
  if (!output) throw new Error(`esbuild made no bundle of ${entry}`);
  const [path, { imports }] = output;
  for (const { kind, path } of imports) if (kind === "dynamic-import") later.add(basename(path));
  return { name: basename(path), beside: imports.filter(({ kind }) => kind === "import-statement").map(({ path }) => basename(path)) };
}

/** True for a file that a first visit does not load. @param {string} name */
function isLoadedLater(name) {
  return later.has(name) || name.startsWith("gpu_carbon_readers") || /\.(pack|md)$/.test(name);
}

/** The files that a first visit loads, which the service worker stores. */
function firstVisitFiles() {
  return readdirSync(dist).filter((name) => !isLoadedLater(name) && name !== "sw.js").sort();
}

function serviceWorker() {
  const files = firstVisitFiles();
  const hash = createHash("sha256");
  for (const file of files) hash.update(file).update(readFileSync(join(dist, file)));
  const script = readFileSync(join(web, "build/sw.js"), "utf8")
    .replace("__VERSION__", hash.digest("hex").slice(0, 16))
    .replace('["__LATER_FILES__"]', JSON.stringify(readdirSync(dist).filter((file) => isLoadedLater(file) && (!file.endsWith(".pack") || EXAMPLE_PACK.test(file))).sort()))
    .replace('["__FILES__"]', JSON.stringify(["./", ...files.filter((file) => file !== "index.html")]));
  return esbuild.transformSync(script, { minify: true, target: ["es2022"] }).code;
}

/** Prints the compressed size of a first visit; tests/site.test.mjs checks its budget. */
function printSizes() {
  const sizes = firstVisitFiles().concat("sw.js").map((name) => ({
    name,
    bytes: gzipSync(readFileSync(join(dist, name)), { level: 9 }).length,
  }));
  for (const { name, bytes } of sizes) console.log(`${String(bytes).padStart(8)}  ${name}`);
  const visit = sizes.reduce((sum, { bytes }) => sum + bytes, 0);
  console.log(`${String(visit).padStart(8)}  total of a first visit, compressed`);
}
