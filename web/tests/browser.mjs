/** A real browser on the real page, for the tests: Debian's Chromium, by playwright-core. */

import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

import { chromium } from "playwright-core";

import { serve } from "../build/serve.mjs";

export const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
/** `gpu-carbon`, which the page is measured against. */
export const command = process.env.GPU_CARBON ?? ["release", "debug"].map((kind) => join(root, "target", kind, "gpu-carbon")).find((path) => existsSync(path)) ?? "gpu-carbon";
export const shared = join(root, "../shared/data");

/** Where the browser is: CHROMIUM, or what a Debian-like system has. */
const executablePath = process.env.CHROMIUM ?? ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"].find((path) => existsSync(path));

const ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"];

/** Keeps what the engine says to the page, so that a test can read it unrounded. */
function listen() {
  const kept = /** @type {any} */ (window);
  kept.plans = [];
  kept.parts = [];
  kept.Worker = class extends Worker {
    /** @param {string | URL} url @param {WorkerOptions} options */
    constructor(url, options) {
      super(url, options);
      this.addEventListener("message", ({ data }) => {
        if (data.done?.plan) kept.plans.push(data.done);
        if (data.part) kept.parts.push(data.part);
      });
    }
  };
}

/**
 * A browser and a server of the page, for the tests of one file.
 * @param {Parameters<typeof serve>[0]} [options]
 */
export async function open(options) {
  const server = await serve(options);
  const browser = await chromium.launch({ executablePath, args: ARGUMENTS });
  return {
    url: server.url,
    /**
     * A page of its own, with nothing kept from another; what was asked of whom; and what the page itself wanted of that,
     * without what its service worker lays by.
     * @param {string} [path] after the site's address
     * @param {import("playwright-core").BrowserContextOptions} [context]
     */
    async page(path = "", context = {}) {
      const made = await browser.newContext({ viewport: { width: 1280, height: 900 }, reducedMotion: "reduce", ...context });
      const page = await made.newPage();
      const requests = /** @type {string[]} */ ([]);
      const wanted = /** @type {string[]} */ ([]);
      const faults = /** @type {string[]} */ ([]);
      made.on("request", (request) => {
        requests.push(request.url());
        if (!request.serviceWorker()) wanted.push(request.url());
      });
      page.on("pageerror", (error) => faults.push(error.message));
      page.on("console", (message) => message.type() === "error" && faults.push(message.text()));
      await page.addInitScript(listen);
      await page.goto(server.url + path);
      return { page, context: made, requests, wanted, faults };
    },
    async close() {
      await browser.close();
      await server.close();
    },
  };
}

/** @typedef {import("playwright-core").Page} Page */

/** The latest answer of the engine. @param {Page} page @returns {Promise<any>} */
export async function answered(page) {
  await page.waitForFunction(() => /** @type {any} */ (window).plans.length > 0);
  return page.evaluate(() => /** @type {any} */ (window).plans.at(-1));
}

/**
 * The answer to a change of the form.
 * @param {Page} page
 * @param {() => Promise<unknown>} change
 */
export async function after(page, change) {
  await answered(page);
  const before = await page.evaluate(() => document.body.dataset.answered);
  await change();
  await page.waitForFunction((before) => document.body.dataset.answered !== before, before);
  // Each keystroke asks: what counts is the whole answer to the last of them.
  await page.waitForFunction(() => document.getElementById("answer")?.ariaBusy === "false");
  return answered(page);
}

/** Opens every fold of the form. @param {Page} page */
export async function unfold(page) {
  await page.evaluate(() => { for (const fold of document.querySelectorAll("details")) fold.open = true; });
}
