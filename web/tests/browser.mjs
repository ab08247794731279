/** The built page in a real browser, for the tests: Debian's Chromium or, with ENGINE=firefox, its Firefox, through playwright-core. */

import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { chromium, firefox } from "playwright-core";

import { serve } from "../build/serve.mjs";

/** The browser: CHROMIUM, or that of a Debian-like system. */
export const executablePath = process.env.CHROMIUM ?? ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"].find((path) => existsSync(path));

/** Flags of the browser: no requests of its own. */
export const FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"];

/** The browser of the tests: chromium, or firefox. */
export const ENGINE = process.env.ENGINE ?? "chromium";

/** The reason why a test does not run in this browser; false where it runs. @param {string} reason what Playwright cannot do in Firefox */
export const onlyChromium = (reason) => (ENGINE === "chromium" ? false : reason);

/** Folder of the files that Firefox saves. */
const DOWNLOADS = ENGINE === "firefox" ? mkdtempSync(join(tmpdir(), "firefox-")) : "";

/** Starts the browser. */
function launch() {
  if (ENGINE !== "firefox") return chromium.launch({ executablePath, args: FLAGS });
  // Playwright's own Firefox is another build: this one is the distribution's, which it drives by WebDriver BiDi.
  return firefox.launch({ channel: "moz-firefox", executablePath: process.env.FIREFOX ?? "/usr/bin/firefox-esr", downloadsPath: DOWNLOADS, firefoxUserPrefs: { "ui.prefersReducedMotion": 1 } });
}

/** The milliseconds after which a wait of a test fails: many, since other stages and files compute beside it. */
const PATIENCE = 90_000;

/** The address of the paper's example: a question without a region. */
export const EXAMPLE = "#work=paper";

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
  const browser = await launch();
  return {
    url: server.url,
    /**
     * Opens the page in a new browser context. Also returned are the addresses of all requests, those of the requests that
     * the page itself made, without its service worker's, and the errors of the page.
     * @param {string} [path] after the site's address: by default that of the paper's example
     * @param {import("playwright-core").BrowserContextOptions} [context]
     */
    async page(path = EXAMPLE, context = {}) {
      const created = await browser.newContext({ viewport: { width: 1280, height: 900 }, reducedMotion: "reduce", ...context });
      created.setDefaultTimeout(PATIENCE);
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
      if (DOWNLOADS) rmSync(DOWNLOADS, { recursive: true, force: true });
    },
  };
}

/** @typedef {import("playwright-core").Page} Page */

/**
 * Saves a file by a click, and returns its name and its text.
 * @param {Page} page
 * @param {() => Promise<unknown>} click
 * @returns {Promise<{name: string, text: string}>}
 */
export async function saved(page, click) {
  if (ENGINE !== "firefox") {
    const [download] = await Promise.all([page.waitForEvent("download"), click()]);
    return { name: download.suggestedFilename(), text: readFileSync(await download.path(), "utf8") };
  }
  // Playwright has no event of this Firefox's downloads: the file is in their folder.
  for (const name of readdirSync(DOWNLOADS)) rmSync(join(DOWNLOADS, name));
  await click();
  for (const until = Date.now() + 30_000; Date.now() < until; ) {
    const [name, another] = readdirSync(DOWNLOADS);
    const text = name && !another ? readFileSync(join(DOWNLOADS, name), "utf8") : "";
    if (name && text && !name.endsWith(".part")) return { name, text };
    await page.waitForTimeout(50);
  }
  throw new Error(`no file was saved in ${DOWNLOADS}`);
}

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
  await page.waitForFunction(() => document.getElementById("first")?.ariaBusy === "false");
  return latestAnswer(page);
}

/** Opens every details element. @param {Page} page */
export async function openAllDetails(page) {
  await page.evaluate(() => { for (const fold of document.querySelectorAll("details")) fold.open = true; });
}

/** Adds a recorded year to the list of series. @param {Page} page @param {string} name */
export async function addYear(page, name) {
  await page.evaluate(() => { const fold = document.querySelector("#refine"); if (fold instanceof HTMLDetailsElement) fold.open = true; });
  await page.selectOption("#pack", name);
  await page.getByRole("button", { name: "Add this year" }).click();
}
