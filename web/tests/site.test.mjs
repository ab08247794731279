/** Tests of the site as a whole: its requests, its use without a network, its size and its accessibility. */

import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { gzipSync } from "node:zlib";

import { serve } from "../build/serve.mjs";
import { answerAfter, latestAnswer, open, openAllDetails } from "./browser.mjs";
import { root } from "./built.mjs";
import { year } from "./sample_data.mjs";

/** Limits of compressed sizes, in bytes. */
const BUDGET = { visit: 300_000, wasm: 120_000 };

/** @type {Awaited<ReturnType<typeof open>>} */
let browser;
before(async () => {
  browser = await open({ base: "/some/where/" });
});
after(() => browser.close());

test("a first visit is smaller than its budget", () => {
  const dist = join(root, "web/dist");
  const stored = JSON.parse(/\bFILES ?= ?(\[[^\]]*\])/.exec(readFileSync(join(dist, "sw.js"), "utf8"))?.[1] ?? "[]");
  assert.ok(stored.length > 5, "the service worker stores nothing");
  const compressedSize = (/** @type {string} */ name) => gzipSync(readFileSync(join(dist, name)), { level: 9 }).length;
  const names = [...stored.map((/** @type {string} */ name) => (name === "./" ? "index.html" : name)), "sw.js"];
  const visit = names.reduce((sum, name) => sum + compressedSize(name), 0);
  assert.ok(visit < BUDGET.visit, `${visit} bytes compressed, over ${BUDGET.visit}`);
  const wasm = names.filter((name) => name.endsWith(".wasm")).map(compressedSize);
  assert.ok(wasm.length === 1 && Number(wasm[0]) < BUDGET.wasm, `the wasm is ${wasm} bytes compressed, over ${BUDGET.wasm}`);
});

test("the readers, which a first visit does not load, are within the engine's budget", () => {
  const readers = readdirSync(join(root, "web/dist"), { recursive: true }).map(String).filter((name) => /readers.*\.wasm$/.test(name));
  assert.equal(readers.length, 1, readers.join(", "));
  const weight = gzipSync(readFileSync(join(root, "web/dist", String(readers[0]))), { level: 9 }).length;
  assert.ok(weight < BUDGET.wasm, `the readers are ${weight} bytes compressed, over ${BUDGET.wasm}`);
});

test("no request goes to another origin, whatever is typed", async () => {
  const { page, requests, errors } = await browser.page();
  await latestAnswer(page);
  await openAllDetails(page);
  await page.waitForSelector("#cloud-region option", { state: "attached" });
  await answerAfter(page, () => page.fill("#window", "12h"));
  await page.selectOption("#provider", "AWS");
  await page.selectOption("#live-place", "de");
  await page.getByRole("button", { name: "Compare this region" }).click();
  await page.waitForTimeout(1500);
  const foreign = requests.filter((address) => !address.startsWith(browser.url) && !address.startsWith("data:"));
  assert.deepEqual(foreign, []);
  assert.deepEqual(errors, []);
  await page.context().close();
});

test("the content security policy allows no inline script or style, and no other origin than the two services", async () => {
  const { page } = await browser.page();
  const policy = await page.getAttribute("meta[http-equiv=Content-Security-Policy]", "content") ?? "";
  assert.doesNotMatch(policy, /unsafe-inline|'unsafe-eval'|\*/);
  assert.match(policy, /default-src 'none'/);
  const outcomes = await page.evaluate(async () => {
    const script = document.createElement("script");
    script.textContent = "window.ran = true";
    document.body.append(script);
    const foreign = await fetch("https://example.org/").then(() => "answered", () => "refused");
    return [/** @type {any} */ (window).ran ?? "refused", foreign];
  });
  assert.deepEqual(outcomes, ["refused", "refused"]);
  await page.context().close();
});

/** The addresses that the service worker has stored. @param {import("playwright-core").Page} page */
const cached = (page) => page.evaluate(async () => {
  const stored = await Promise.all((await caches.keys()).map(async (name) => (await caches.open(name)).keys()));
  return stored.flat().map(({ url }) => url);
});

test("the site works in any folder of a server, and without a network after the first visit", { timeout: 120_000 }, async () => {
  const base = "/another/place/";
  const server = await serve({ base });
  const { page, context } = await browser.page("", { serviceWorkers: "allow" });
  await page.goto(server.url);
  await latestAnswer(page);
  await page.evaluate(() => navigator.serviceWorker.ready);
  // A first visit does not load the readers of files: they are stored afterwards, in the background.
  const readers = [/readers.*\.wasm$/, /readers.*\.js$/];
  for (let stored = await cached(page); !readers.every((reader) => stored.some((url) => reader.test(url))); stored = await cached(page)) await page.waitForTimeout(50);
  await server.close();
  await page.reload();
  const { plan } = await answerAfter(page, () => page.fill("#window", "12h"));
  assert.equal(plan.window_seconds, 43_200);
  await page.waitForFunction(() => /** @type {any} */ (window).parts.length > 0);

  await answerAfter(page, () => page.setInputFiles("#files", { name: "north.csv", mimeType: "text/csv", buffer: Buffer.from(year(1, { days: 200 })) }));
  assert.equal(await page.locator("#series li").count(), 2);
  await context.close();
});

test("a first visit fetches no file twice that is named by its content", async () => {
  const paths = /** @type {string[]} */ ([]);
  const other = await open({ respond: (path) => { paths.push(path); return undefined; } });
  const { page } = await other.page("", { serviceWorkers: "allow" });
  await latestAnswer(page);
  await page.evaluate(() => navigator.serviceWorker.ready);
  const named = paths.filter((path) => /-[A-Z0-9]{8}\.\w+$/.test(path));
  assert.ok(named.length > 5, named.join(" "));
  assert.deepEqual(named, [...new Set(named)]);
  await other.close();
});

test("the site works without a network by the name of its page, too", async () => {
  const server = await serve();
  const { page, context } = await browser.page("", { serviceWorkers: "allow" });
  await page.goto(`${server.url}index.html`);
  await latestAnswer(page);
  await page.evaluate(() => navigator.serviceWorker.ready);
  await server.close();
  await page.reload();
  await latestAnswer(page);
  await context.close();
});

test("an open page still finds its own parts after a new build", async () => {
  let built = false;
  const dist = join(root, "web/dist");
  const averages = readdirSync(dist).find((name) => name.startsWith("averages-"));
  const worker = readFileSync(join(dist, "sw.js"), "utf8");
  const newer = worker.replace(/gpu-carbon-\w+/, "gpu-carbon-newer").replace(`"${averages}"`, "").replace("[,", "[");
  assert.notEqual(newer, worker);
  const other = await open({ respond(path) {
    if (!built) return undefined;
    if (path === "/sw.js") return { type: "text/javascript", body: newer };
    return path === `/${averages}` ? { status: 404, body: "" } : undefined;
  } });
  const { page } = await other.page("", { serviceWorkers: "allow" });
  await latestAnswer(page);
  const stores = (/** @type {string} */ part) => page.waitForFunction(async (part) => {
    for (const name of await caches.keys()) for (const { url } of await (await caches.open(name)).keys()) if (`${name} ${url}`.includes(part)) return true;
    return false;
  }, part);
  await stores("averages-");
  built = true;
  await page.evaluate(async () => (await navigator.serviceWorker.ready).update());
  await stores("gpu-carbon-newer");
  await page.waitForFunction(async () => {
    const { active, installing, waiting } = await navigator.serviceWorker.ready;
    return active?.state === "activated" && !installing && !waiting;
  });
  await page.click("#clouds summary");
  await page.waitForSelector("#cloud-region option", { state: "attached" });
  await other.close();
});

test("the whole page is laid out when the analyses are done, and parts below the screen are not while they run", async () => {
  const { page, context } = await browser.page();
  await latestAnswer(page);
  const untilIdle = () => page.waitForFunction(() => "idle" in document.body.dataset);
  /** Number of parts that are not laid out after a change of a field. */
  const partsNotLaidOut = (/** @type {string} */ more) => page.evaluate((more) => {
    const field = /** @type {HTMLInputElement} */ (document.getElementById("window"));
    field.value += more;
    if (more) field.dispatchEvent(new InputEvent("input", { bubbles: true }));
    const parts = [...document.querySelectorAll("#answer section:not([hidden]), #export")];
    return parts.filter((part) => getComputedStyle(part).contentVisibility === "auto").length;
  }, more);
  await untilIdle();
  assert.equal(await partsNotLaidOut(""), 0);
  assert.ok(await partsNotLaidOut("30min") > 3);
  await untilIdle();
  assert.equal(await partsNotLaidOut(""), 0);
  await context.close();
});

test("a part that cannot be loaded shows an error", async () => {
  const { page } = await browser.page("", { serviceWorkers: "block" });
  await latestAnswer(page);
  await page.context().setOffline(true);
  await page.click("#clouds summary");
  await page.locator("#averages", { hasText: "it needs the network once" }).waitFor();
  await page.click("#export summary:has-text('Start the job')");
  await page.locator("#export details", { hasText: "it needs the network once" }).waitFor();
  await page.context().close();
});

for (const scheme of /** @type {const} */ (["light", "dark"])) {
  for (const width of [390, 1280]) {
    test(`axe finds no violation: ${scheme}, ${width} pixels wide`, async () => {
      const { page } = await browser.page("", { colorScheme: scheme, viewport: { width, height: 900 }, bypassCSP: true });
      await latestAnswer(page);
      await openAllDetails(page);
      await page.waitForSelector("#cloud-region option", { state: "attached" });
      await page.check("input[name=work][value=gpus]", { force: true });
      await page.getByRole("button", { name: "Compare this region" }).click();
      await page.fill("#pue", "0");
      await page.waitForTimeout(2500);
      await page.evaluate(() => scrollTo(0, 0)); // so that the summary bar covers nothing
      await page.addStyleTag({ content: "* { content-visibility: visible !important; }" }); // axe only checks elements that are laid out
      await page.addScriptTag({ path: createRequire(import.meta.url).resolve("axe-core/axe.min.js") });
      const { violations } = await page.evaluate(() => /** @type {any} */ (window).axe.run(document, { runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"] }));
      const found = violations.map((/** @type {any} */ { id, nodes }) => `${id}: ${nodes.map((/** @type {any} */ node) => node.html.slice(0, 160)).join(" | ")}`);
      assert.deepEqual(found, []);
      const wide = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
      assert.ok(wide <= 0, `the page is ${wide} pixels wider than the screen`);
      await page.context().close();
    });
  }
}

test("all files of the site but the entry points are named by their content", () => {
  const names = readdirSync(join(root, "web/dist"));
  const plain = ["icon.svg", "index.html", "manifest.webmanifest", "sw.js"];
  for (const name of names.filter((name) => !plain.includes(name))) assert.match(name, /-[A-Z0-9]{8}\.\w+$/);
});
