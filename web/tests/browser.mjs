/** The built page in a real browser, for the tests: Debian's Chromium, through playwright-core. */

import { existsSync } from "node:fs";

import { chromium } from "playwright-core";

import { serve } from "../build/serve.mjs";

/** The browser: CHROMIUM, or that of a Debian-like system. */
export const executablePath = process.env.CHROMIUM ?? ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"].find((path) => existsSync(path));

/** Flags of the browser: no requests of its own. */
export const FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"];

/** Stores the engine's messages in the page, so that a test can read its numbers unrounded. */
function recordMessages() {
  const scope = /** @type {any} */ (window);
  scope.plans = [];
  scope.parts = [];
  scope.Worker = class extends Worker {
    /** @param {string | URL} url @param {WorkerOptions} options */
    constructor(url, options) {
      super(url, options);
      this.addEventListener("message", ({ data }) => {
        if (data.done?.plan) scope.plans.push(data.done);
        if (data.part) scope.parts.push(data.part);
      });
    }
  };
}

/**
 * Starts a browser and a server of the page, for the tests of one file.
 * @param {Parameters<typeof serve>[0]} [options]
 */
export async function open(options) {
  const server = await serve(options);
  const browser = await chromium.launch({ executablePath, args: FLAGS });
  return {
    url: server.url,
    /**
     * Opens the page in a new browser context. Also returned are the addresses of all requests, those of the requests that
     * the page itself made, without its service worker's, and the errors of the page.
     * @param {string} [path] after the site's address
     * @param {import("playwright-core").BrowserContextOptions} [context]
     */
    async page(path = "", context = {}) {
      const created = await browser.newContext({ viewport: { width: 1280, height: 900 }, reducedMotion: "reduce", ...context });
      const page = await created.newPage();
      const requests = /** @type {string[]} */ ([]);
      const pageRequests = /** @type {string[]} */ ([]);
      const errors = /** @type {string[]} */ ([]);
      created.on("request", (request) => {
        requests.push(request.url());
        if (!request.serviceWorker()) pageRequests.push(request.url());
      });
      page.on("pageerror", (error) => errors.push(error.message));
      page.on("console", (message) => message.type() === "error" && errors.push(message.text()));
      await page.addInitScript(recordMessages);
      await page.goto(server.url + path);
      return { page, context: created, requests, pageRequests, errors };
    },
    async close() {
      await browser.close();
      await server.close();
    },
  };
}

/** @typedef {import("playwright-core").Page} Page */

/** The latest answer of the engine. @param {Page} page @returns {Promise<any>} */
export async function latestAnswer(page) {
  await page.waitForFunction(() => /** @type {any} */ (window).plans.length > 0);
  return page.evaluate(() => /** @type {any} */ (window).plans.at(-1));
}

/**
 * Changes the form, and returns the answer to the change.
 * @param {Page} page
 * @param {() => Promise<unknown>} change
 */
export async function answerAfter(page, change) {
  await latestAnswer(page);
  const before = await page.evaluate(() => document.body.dataset.answers);
  await change();
  await page.waitForFunction((before) => document.body.dataset.answers !== before, before);
  // Each keystroke is a question: the answer to the last of them counts.
  await page.waitForFunction(() => document.getElementById("answer")?.ariaBusy === "false");
  return latestAnswer(page);
}

/** Opens every details element. @param {Page} page */
export async function openAllDetails(page) {
  await page.evaluate(() => { for (const fold of document.querySelectorAll("details")) fold.open = true; });
}
