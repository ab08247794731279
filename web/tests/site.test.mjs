/** The site as a whole: it asks nobody else, works without a network, and weighs little. */

import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { after as afterAll, before, test } from "node:test";
import { gzipSync } from "node:zlib";

import { serve } from "../build/serve.mjs";
import { after, answered, open, root, unfold } from "./browser.mjs";
import { year } from "./sample_data.mjs";

/** Compressed, in bytes. */
const BUDGET = { visit: 300_000, wasm: 120_000 };

/** @type {Awaited<ReturnType<typeof open>>} */
let browser;
before(async () => {
  browser = await open({ base: "/some/where/" });
});
afterAll(() => browser.close());

test("a first visit weighs less than its budget", () => {
  const dist = join(root, "web/dist");
  const kept = JSON.parse(/const FILES = (\[.*\]);|FILES ?= ?(\[[^\]]*\])/.exec(readFileSync(join(dist, "sw.js"), "utf8"))?.[1] ?? "[]");
  assert.ok(kept.length > 5, "the service worker keeps nothing");
  const weight = (/** @type {string} */ name) => gzipSync(readFileSync(join(dist, name)), { level: 9 }).length;
  const names = [...kept.map((/** @type {string} */ name) => (name === "./" ? "index.html" : name)), "sw.js"];
  const visit = names.reduce((sum, name) => sum + weight(name), 0);
  assert.ok(visit < BUDGET.visit, `${visit} bytes compressed, over ${BUDGET.visit}`);
  const wasm = names.filter((name) => name.endsWith(".wasm")).map(weight);
  assert.ok(wasm.length === 1 && Number(wasm[0]) < BUDGET.wasm, `the wasm is ${wasm} bytes compressed, over ${BUDGET.wasm}`);
});

test("the readers, which a first visit does not load, weigh no more than the engine may", () => {
  const readers = readdirSync(join(root, "web/dist"), { recursive: true }).map(String).filter((name) => /readers.*\.wasm$/.test(name));
  assert.equal(readers.length, 1, readers.join(", "));
  const weight = gzipSync(readFileSync(join(root, "web/dist", String(readers[0]))), { level: 9 }).length;
  assert.ok(weight < BUDGET.wasm, `the readers are ${weight} bytes compressed, over ${BUDGET.wasm}`);
});

test("nothing is asked of anybody else, whatever is typed", async () => {
  const { page, requests, faults } = await browser.page();
  await answered(page);
  await unfold(page);
  await page.waitForSelector("#cloud-region option", { state: "attached" });
  await after(page, () => page.fill("#window", "12h"));
  await page.selectOption("#provider", "AWS");
  await page.selectOption("#live-place", "de");
  await page.getByRole("button", { name: "Compare this region" }).click();
  await page.waitForTimeout(1500);
  const foreign = requests.filter((address) => !address.startsWith(browser.url) && !address.startsWith("data:"));
  assert.deepEqual(foreign, []);
  assert.deepEqual(faults, []);
  await page.context().close();
});

test("the policy lets in no inline script or style, and nobody but the two services", async () => {
  const { page } = await browser.page();
  const policy = await page.getAttribute("meta[http-equiv=Content-Security-Policy]", "content") ?? "";
  assert.doesNotMatch(policy, /unsafe-inline|'unsafe-eval'|\*/);
  assert.match(policy, /default-src 'none'/);
  const refused = await page.evaluate(async () => {
    const script = document.createElement("script");
    script.textContent = "window.ran = true";
    document.body.append(script);
    const foreign = await fetch("https://example.org/").then(() => "answered", () => "refused");
    return [/** @type {any} */ (window).ran ?? "refused", foreign];
  });
  assert.deepEqual(refused, ["refused", "refused"]);
  await page.context().close();
});

/** The addresses that the service worker keeps. @param {import("playwright-core").Page} page */
const cached = (page) => page.evaluate(async () => {
  const kept = await Promise.all((await caches.keys()).map(async (name) => (await caches.open(name)).keys()));
  return kept.flat().map(({ url }) => url);
});

test("it works in a folder of any server, and without any after the first visit", { timeout: 120_000 }, async () => {
  const base = "/another/place/";
  const server = await serve({ base });
  const { page, context } = await browser.page("", { serviceWorkers: "allow" });
  await page.goto(server.url);
  await answered(page);
  await page.evaluate(() => navigator.serviceWorker.ready);
  // What reads files is no part of what a first visit loads: it is kept afterwards, in the background.
  const readers = [/readers.*\.wasm$/, /readers.*\.js$/];
  for (let kept = await cached(page); !readers.every((reader) => kept.some((url) => reader.test(url))); kept = await cached(page)) await page.waitForTimeout(50);
  await server.close();
  await page.reload();
  const { plan } = await after(page, () => page.fill("#window", "12h"));
  assert.equal(plan.window_seconds, 43_200);
  await page.waitForFunction(() => /** @type {any} */ (window).parts.length > 0);

  await after(page, () => page.setInputFiles("#files", { name: "north.csv", mimeType: "text/csv", buffer: Buffer.from(year(1, { days: 200 })) }));
  assert.equal(await page.locator("#series li").count(), 2);
  await context.close();
});

test("a first visit fetches nothing twice that is named by its content", async () => {
  const asked = /** @type {string[]} */ ([]);
  const other = await open({ also: (path) => { asked.push(path); return undefined; } });
  const { page } = await other.page("", { serviceWorkers: "allow" });
  await answered(page);
  await page.evaluate(() => navigator.serviceWorker.ready);
  const named = asked.filter((path) => /-[A-Z0-9]{8}\.\w+$/.test(path));
  assert.ok(named.length > 5, named.join(" "));
  assert.deepEqual(named, [...new Set(named)]);
  await other.close();
});

test("it works without a network by the name of its page, too", async () => {
  const server = await serve();
  const { page, context } = await browser.page("", { serviceWorkers: "allow" });
  await page.goto(`${server.url}index.html`);
  await answered(page);
  await page.evaluate(() => navigator.serviceWorker.ready);
  await server.close();
  await page.reload();
  await answered(page);
  await context.close();
});

test("a page that is open while a new build comes still finds its own parts", async () => {
  let built = false;
  const dist = join(root, "web/dist");
  const averages = readdirSync(dist).find((name) => name.startsWith("averages-"));
  const worker = readFileSync(join(dist, "sw.js"), "utf8");
  const newer = worker.replace(/gpu-carbon-\w+/, "gpu-carbon-newer").replace(`"${averages}"`, "").replace("[,", "[");
  assert.notEqual(newer, worker);
  const other = await open({ also(path) {
    if (!built) return undefined;
    if (path === "/sw.js") return { type: "text/javascript", body: newer };
    return path === `/${averages}` ? { status: 404, body: "" } : undefined;
  } });
  const { page } = await other.page("", { serviceWorkers: "allow" });
  await answered(page);
  const keeps = (/** @type {string} */ part) => page.waitForFunction(async (part) => {
    for (const name of await caches.keys()) for (const { url } of await (await caches.open(name)).keys()) if (`${name} ${url}`.includes(part)) return true;
    return false;
  }, part);
  await keeps("averages-");
  built = true;
  await page.evaluate(async () => (await navigator.serviceWorker.ready).update());
  await keeps("gpu-carbon-newer");
  await page.waitForFunction(async () => {
    const { active, installing, waiting } = await navigator.serviceWorker.ready;
    return active?.state === "activated" && !installing && !waiting;
  });
  await page.click("#clouds summary");
  await page.waitForSelector("#cloud-region option", { state: "attached" });
  await other.close();
});

test("at rest the whole page is laid out, and from a change on until all is found what is below the screen waits", async () => {
  const { page, context } = await browser.page();
  await answered(page);
  const rests = () => page.waitForFunction(() => "rests" in document.body.dataset);
  /** How many parts wait, once a field was changed. */
  const waiting = (/** @type {string} */ more) => page.evaluate((more) => {
    const field = /** @type {HTMLInputElement} */ (document.getElementById("window"));
    field.value += more;
    if (more) field.dispatchEvent(new InputEvent("input", { bubbles: true }));
    const parts = [...document.querySelectorAll("#answer section:not([hidden]), #take")];
    return parts.filter((part) => getComputedStyle(part).contentVisibility === "auto").length;
  }, more);
  await rests();
  assert.equal(await waiting(""), 0);
  assert.ok(await waiting("30min") > 3);
  await rests();
  assert.equal(await waiting(""), 0);
  await context.close();
});

test("a part that cannot be loaded says so", async () => {
  const { page } = await browser.page("", { serviceWorkers: "block" });
  await answered(page);
  await page.context().setOffline(true);
  await page.click("#clouds summary");
  await page.locator("#averages", { hasText: "it takes the network once" }).waitFor();
  await page.click("#take summary:has-text('Start it')");
  await page.locator("#take details", { hasText: "it takes the network once" }).waitFor();
  await page.context().close();
});

for (const scheme of /** @type {const} */ (["light", "dark"])) {
  for (const width of [390, 1280]) {
    test(`axe finds nothing: ${scheme}, ${width} pixels wide`, async () => {
      const { page } = await browser.page("", { colorScheme: scheme, viewport: { width, height: 900 }, bypassCSP: true });
      await answered(page);
      await unfold(page);
      await page.waitForSelector("#cloud-region option", { state: "attached" });
      await page.check("input[name=work][value=gpus]", { force: true });
      await page.getByRole("button", { name: "Compare this region" }).click();
      await page.fill("#pue", "0");
      await page.waitForTimeout(2500);
      await page.evaluate(() => scrollTo(0, 0)); // so that the answer's line covers nothing
      await page.addStyleTag({ content: "* { content-visibility: visible !important; }" }); // axe sees only what is laid out
      await page.addScriptTag({ path: createRequire(import.meta.url).resolve("axe-core/axe.min.js") });
      const { violations } = await page.evaluate(() => /** @type {any} */ (window).axe.run(document, { runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"] }));
      const said = violations.map((/** @type {any} */ { id, nodes }) => `${id}: ${nodes.map((/** @type {any} */ node) => node.html.slice(0, 160)).join(" | ")}`);
      assert.deepEqual(said, []);
      const wide = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
      assert.ok(wide <= 0, `the page is ${wide} pixels wider than the screen`);
      await page.context().close();
    });
  }
}

test("the files of the site are the same at each build, but for what changed", () => {
  const names = readdirSync(join(root, "web/dist"));
  const plain = ["icon.svg", "index.html", "manifest.webmanifest", "sw.js"];
  for (const name of names.filter((name) => !plain.includes(name))) assert.match(name, /-[A-Z0-9]{8}\.\w+$/);
});
