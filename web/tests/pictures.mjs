/**
 * Makes the pictures of the documents: `npm run pictures`. One shows the calculator with a fixed question, the other the
 * landing page of the exporter that reads the fake GPUs of `cargo xtask demo`. Both programs must be built. No test needs the
 * program that compresses the pictures, so npx fetches it.
 */

import { execFileSync, spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, statSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { EXAMPLE, open } from "./browser.mjs";
import { builtFile, root } from "./built.mjs";

/** Reduces a picture to 256 colours. */
const SHARP = "sharp-cli@6.1.0";

/** Pixels of a picture for each pixel of the page, so that text is sharp. */
const SCALE = 1.25;

/** Greatest size of a picture, in bytes. */
const BUDGET = 150_000;

/** The question of the calculator's picture: the first screen for a day of work on eight GPUs. */
const QUESTION = "#region=azure:germanywestcentral&when=at&start=2026-11-30T09%3A00&zone=Europe%2FBerlin";

/** Time for which the fake GPUs are measured before the landing page is shown, in milliseconds. */
const MEASURED_MILLISECONDS = 20_000;

const folder = join(root, "web/pictures");
const work = mkdtempSync(join(tmpdir(), "pictures-"));
mkdirSync(folder, { recursive: true });
const browser = await open();
try {
  await pictureOfCalculator();
  await pictureOfLandingPage();
} finally {
  await browser.close();
  rmSync(work, { recursive: true });
}

async function pictureOfCalculator() {
  const { page } = await browser.page(QUESTION, { viewport: { width: 1240, height: 1000 }, deviceScaleFactor: SCALE, colorScheme: "light" });
  await page.waitForFunction(() => "idle" in document.body.dataset, null, { timeout: 120_000 });
  await save(page, "calculator.png");
}

async function pictureOfLandingPage() {
  const demo = join(root, "crates/xtask/src/demo");
  const port = await freePort();
  const exporter = spawn(
    required("gpu-carbon-exporter", process.env.GPU_CARBON_EXPORTER),
    [`--config.file=${join(demo, "exporter.yaml")}`, `--nvml.library=${required("libfake_nvml.so", process.env.FAKE_NVML)}`, `--web.listen-address=127.0.0.1:${port}`, "--log.level=warn"],
    { cwd: work, stdio: ["ignore", "inherit", "inherit"], env: { ...process.env, FAKE_NVML_SCRIPT: join(demo, "gpus.toml") } },
  );
  try {
    const { page } = await browser.page(EXAMPLE, { viewport: { width: 1060, height: 500 }, deviceScaleFactor: SCALE, colorScheme: "light" });
    await untilReady(`http://127.0.0.1:${port}/-/ready`);
    await page.waitForTimeout(MEASURED_MILLISECONDS);
    await page.goto(`http://127.0.0.1:${port}/`);
    await save(page, "exporter.png");
  } finally {
    exporter.kill();
  }
}

/** Saves the visible part of a page. @param {import("playwright-core").Page} page @param {string} name */
async function save(page, name) {
  const [screenshot, path] = [join(work, name), join(folder, name)];
  await page.screenshot({ path: screenshot });
  execFileSync("npx", ["--yes", "--package", SHARP, "--", "sharp", "-i", screenshot, "-o", path, "--palette", "--compressionLevel", "9", "--effort", "10"]);
  const { size } = statSync(path);
  console.log(`${String(size).padStart(8)}  web/pictures/${name}`);
  if (size >= BUDGET) throw new Error(`${name} has ${size} bytes, over ${BUDGET}`);
}

/** The path of a file that must be built. @param {string} name @param {string | undefined} given another path, instead */
function required(name, given) {
  const path = given ?? builtFile(name);
  if (!path) throw new Error(`${name} is not built: cargo build --package gpu-carbon-exporter --package fake-nvml`);
  return path;
}

/** Waits until the exporter has read the GPUs. @param {string} address */
async function untilReady(address) {
  for (let tries = 0; tries < 300; tries += 1) {
    if (await fetch(address).then(({ ok }) => ok, () => false)) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error(`the exporter is not ready: ${address}`);
}

/** A free port of the loopback address. @returns {Promise<number>} */
function freePort() {
  return new Promise((resolve) => {
    const server = createServer();
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      server.close(() => resolve(typeof address === "object" && address ? address.port : 0));
    });
  });
}
