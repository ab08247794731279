/** Tests of the site as a whole: its requests, its use without a network, its size and its accessibility. */

import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { gzipSync } from "node:zlib";

import { serve } from "../build/serve.mjs";
import { EXAMPLE, answerAfter, latestAnswer, onlyChromium, open, openAllDetails } from "./browser.mjs";
import { root } from "./built.mjs";
import { year } from "./sample_data.mjs";

/** Limits of compressed sizes, in bytes. */
const BUDGET = { visit: 320_000, wasm: 135_000, readers: 210_000 };

/** @type {Awaited<ReturnType<typeof open>>} */
let browser;
before(async () => {
  const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
  browser = await open({ base: "/some/where/", respond: (path) => (path === "/axe.js" ? { type: "text/javascript", body: axe } : undefined) });
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

test("the readers, which a first visit does not load, are within a budget of their own", () => {
  const readers = readdirSync(join(root, "web/dist"), { recursive: true }).map(String).filter((name) => /readers.*\.wasm$/.test(name));
  assert.equal(readers.length, 1, readers.join(", "));
  const weight = gzipSync(readFileSync(join(root, "web/dist", String(readers[0]))), { level: 9 }).length;
  assert.ok(weight < BUDGET.readers, `the readers are ${weight} bytes compressed, over ${BUDGET.readers}`);
});

test("no request goes to another origin, whatever is typed", async () => {
  const { page, requests, errors } = await browser.page();
  await latestAnswer(page);
  await openAllDetails(page);
  await answerAfter(page, () => page.fill("#window", "12h"));
  await page.selectOption("#live-place", "de");
  await page.check("input[name=provider][value=aws]", { force: true });
  await page.selectOption("#region", "aws:us-west-1");
  await page.waitForFunction(() => document.querySelector(".places [aria-current]")?.textContent?.includes("us-west-1"));
  await openAllDetails(page);
  await page.fill("#token", "a secret");
  await page.waitForTimeout(1500);
  const foreign = requests.filter((address) => !address.startsWith(browser.url) && !address.startsWith("data:"));
  assert.deepEqual(foreign, []);
  assert.deepEqual(errors, []);
  await page.context().close();
});

test("the content security policy allows no inline script or style, and no other origin than the services", async () => {
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
  const { page, context } = await browser.page(EXAMPLE, { serviceWorkers: "allow" });
  await page.goto(server.url + EXAMPLE);
  await latestAnswer(page);
  await page.evaluate(() => navigator.serviceWorker.ready);
  // A first visit does not load the readers of files: they are stored afterwards, in the background.
  const readers = [/readers.*\.wasm$/, /readers.*\.js$/, /sgip-pge.*\.pack$/];
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
  const { page } = await other.page(EXAMPLE, { serviceWorkers: "allow" });
  await latestAnswer(page);
  await page.evaluate(() => navigator.serviceWorker.ready);
  const named = paths.filter((path) => /-[A-Z0-9]{8}\.\w+$/.test(path));
  assert.ok(named.length > 5, named.join(" "));
  assert.deepEqual(named, [...new Set(named)]);
  await other.close();
});

test("the site works without a network by the name of its page, too", async () => {
  const server = await serve();
  const { page, context } = await browser.page(EXAMPLE, { serviceWorkers: "allow" });
  await page.goto(`${server.url}index.html${EXAMPLE}`);
  await latestAnswer(page);
  await page.evaluate(() => navigator.serviceWorker.ready);
  while (!(await cached(page)).some((url) => url.includes("sgip-pge"))) await page.waitForTimeout(50);
  await server.close();
  await page.reload();
  await latestAnswer(page);
  await context.close();
});

test("an open page still finds its own parts after a new build", async () => {
  let built = false;
  const dist = join(root, "web/dist");
  const equation = readdirSync(dist).find((name) => name.startsWith("equation-"));
  const worker = readFileSync(join(dist, "sw.js"), "utf8");
  const newer = worker.replace(/gpu-carbon-\w+/, "gpu-carbon-newer").replace(`"${equation}"`, "").replace("[,", "[").replace(",,", ",");
  assert.notEqual(newer, worker);
  const other = await open({ respond(path) {
    if (!built) return undefined;
    if (path === "/sw.js") return { type: "text/javascript", body: newer };
    return path === `/${equation}` ? { status: 404, body: "" } : undefined;
  } });
  const { page } = await other.page(EXAMPLE, { serviceWorkers: "allow" });
  await latestAnswer(page);
  const stores = async (/** @type {string} */ part) => {
    const names = () => page.evaluate(async () => (await Promise.all((await caches.keys()).map(async (name) => (await (await caches.open(name)).keys()).map(({ url }) => `${name} ${url}`)))).flat());
    while (!(await names()).some((name) => name.includes(part))) await page.waitForTimeout(50);
  };
  await stores("equation-");
  built = true;
  await page.evaluate(async () => (await navigator.serviceWorker.ready).update());
  await stores("gpu-carbon-newer");
  await page.waitForFunction(async () => {
    const { active, installing, waiting } = await navigator.serviceWorker.ready;
    return active?.state === "activated" && !installing && !waiting;
  });
  await page.click("#answer summary:has-text('The equation')");
  await page.locator("#answer .equation").waitFor();
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
  const { page } = await browser.page(EXAMPLE, { serviceWorkers: "block" });
  await latestAnswer(page);
  await page.context().setOffline(true);
  await page.click("#answer summary:has-text('The equation')");
  await page.locator("#answer details", { hasText: "it needs the network once" }).waitFor();
  await page.click("#export summary:has-text('A statement for a paper')");
  await page.locator("#export details", { hasText: "it needs the network once" }).waitFor();
  await page.context().close();
});

for (const scheme of /** @type {const} */ (["light", "dark", "forced"])) {
  for (const [width, hash] of /** @type {[number, string][]} */ ([[390, EXAMPLE], [1280, EXAMPLE], [390, "#region=azure:westeurope&canPause=on"], [1280, "#region=aws:us-east-1"]])) {
    test(`axe finds no violation: ${scheme}, ${width} pixels wide, ${hash}`, { skip: scheme === "forced" && onlyChromium("Playwright forces colours in Chromium alone") }, async () => {
      const colours = scheme === "forced" ? { forcedColors: /** @type {const} */ ("active") } : { colorScheme: scheme };
      const { page } = await browser.page(hash, { ...colours, viewport: { width, height: 900 } });
      await page.waitForFunction(() => "idle" in document.body.dataset);
      await openAllDetails(page);
      await page.check("input[name=work][value=gpus]", { force: true });
      await page.getByRole("button", { name: "Add another kind" }).click();
      await page.addScriptTag({ url: "/axe.js" });
      const check = async (/** @type {string} */ state) => {
        await page.waitForFunction(() => "idle" in document.body.dataset);
        await page.waitForTimeout(300);
        await page.evaluate(() => {
          scrollTo(0, 0); // so that the summary bar covers nothing
          const sheet = new CSSStyleSheet();
          sheet.replaceSync("* { content-visibility: visible !important; }"); // axe only checks elements that are laid out
          document.adoptedStyleSheets = [sheet];
        });
        const { violations } = await page.evaluate(() => /** @type {any} */ (window).axe.run(document, { runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"] }));
        const found = violations.map((/** @type {any} */ { id, nodes }) => `${id}: ${nodes.map((/** @type {any} */ node) => node.html.slice(0, 160)).join(" | ")}`);
        assert.deepEqual(found, [], state);
      };
      await check("an answer");
      await page.fill("#pue", "0");
      await page.locator("#pue-error:not(:empty)").waitFor();
      await openAllDetails(page);
      await check("an error");
      const wide = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
      assert.ok(wide <= 0, `the page is ${wide} pixels wider than the screen`);
      await page.context().close();
    });
  }
}

test("the page does not move while it loads", { skip: onlyChromium("only Chromium measures shifts") }, async () => {
  for (const [width, hash] of /** @type {[number, string][]} */ ([[390, "#region=azure:westeurope"], [1350, "#region=azure:westeurope"], [412, "#region=aws:us-east-1"], [1350, EXAMPLE]])) {
    const { page, context } = await browser.page("?empty", { viewport: { width, height: 900 } });
    await context.addInitScript(() => {
      const scope = /** @type {any} */ (window);
      scope.shift = 0;
      new PerformanceObserver((list) => {
        for (const entry of /** @type {any[]} */ (list.getEntries())) if (!entry.hadRecentInput) scope.shift += entry.value;
      }).observe({ type: "layout-shift", buffered: true });
    });
    await page.goto(browser.url + hash);
    await page.waitForFunction(() => "idle" in document.body.dataset);
    await page.waitForTimeout(300);
    const shift = await page.evaluate(() => /** @type {any} */ (window).shift);
    assert.ok(shift < 0.05, `${hash} at ${width} pixels: a layout shift of ${shift}`);
    await context.close();
  }
});

test("the Tab key reaches everything that can be operated", async () => {
  for (const hash of ["#region=azure:westeurope&canPause=on&devices=own%3A4%3A125", EXAMPLE]) {
    const { page } = await browser.page(hash);
    await page.waitForFunction(() => "idle" in document.body.dataset);
    await openAllDetails(page);
    await page.waitForTimeout(500);
    const all = await page.evaluate(() => {
      const operable = /** @type {HTMLElement[]} */ ([...document.querySelectorAll("a[href], button, input:not([type=hidden]), select, textarea, summary, [tabindex='0']")]);
      const seen = operable.filter((one) => one.checkVisibility({ visibilityProperty: true }) && !(/** @type {HTMLButtonElement} */ (one).disabled));
      // Of a group of radio buttons, Tab reaches the chosen one, and the arrow keys the others.
      const stops = seen.filter((one) => !(one instanceof HTMLInputElement && one.type === "radio") || one.checked);
      stops.forEach((one, index) => { one.dataset.stop = String(index); });
      return stops.map((one) => `${one.tagName} ${one.id} ${one.getAttribute("name") ?? ""} ${(one.textContent ?? "").slice(0, 40)}`);
    });
    assert.ok(all.length > 50, `${all.length}`);
    await page.evaluate(() => /** @type {HTMLElement} */ (document.activeElement)?.blur());
    const reached = new Set();
    // A field of a time has a stop for each of its parts: there are more stops than elements.
    for (let step = 0; step < 2 * all.length && reached.size <= all.length; step += 1) {
      await page.keyboard.press("Tab");
      reached.add(await page.evaluate(() => /** @type {HTMLElement} */ (document.activeElement)?.dataset.stop));
    }
    assert.deepEqual(all.filter((_, index) => !reached.has(String(index))), [], hash);
    await page.context().close();
  }
});

test("all files of the site but the entry points are named by their content", () => {
  const names = readdirSync(join(root, "web/dist"));
  const plain = ["icon.svg", "index.html", "manifest.webmanifest", "sw.js"];
  for (const name of names.filter((name) => !plain.includes(name))) assert.match(name, /-[A-Z0-9]{8}\.\w+$/);
});
