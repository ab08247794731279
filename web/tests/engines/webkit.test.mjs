/** Tests of the page in WebKit: its words are Chromium's, it fetches each file once, and nothing is wider than a phone. */

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { after, before, test } from "node:test";

import { serve } from "../../build/serve.mjs";
import { open } from "../browser.mjs";
import { year } from "../sample_data.mjs";
import { missing, openWebKit } from "./webkit.mjs";

/** A page with the calculator in a frame: the browser's own window cannot be as narrow as a phone. */
const FRAME = `<!doctype html><html lang="en"><title>Frame</title><body style="margin:0"><iframe title="calculator" style="border:0;height:900px"></iframe></body></html>`;

const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

/** Paths that the server was asked for. @type {string[]} */
const asked = [];

/** @type {Awaited<ReturnType<typeof serve>>} */
let server;
/** @type {Awaited<ReturnType<typeof openWebKit>>} */
let webkit;
if (!missing) {
  before(async () => {
    server = await serve({ respond: (path) => {
      asked.push(path);
      if (path === "/axe.js") return { type: "text/javascript", body: AXE };
      return path === "/frame" ? { type: "text/html", body: FRAME } : undefined;
    } });
    webkit = await openWebKit();
  });
  after(async () => {
    await webkit?.close();
    await server?.close();
  });
}

/** Waits until the page is idle. @param {string} hash */
async function openIdle(hash) {
  await webkit.goto("about:blank");
  await webkit.goto(server.url + hash);
  await webkit.evaluate(async () => {
    while (!("idle" in document.body.dataset)) await new Promise((resolve) => setTimeout(resolve, 50));
  });
}

/** The text of an element that may be folded, with single spaces. @param {string} text */
const plain = (text) => text.replace(/\s+/g, " ").trim();

test("until the first answer, a first visit fetches the wasm and the recorded year once, and no service worker", { skip: missing }, async () => {
  asked.length = 0;
  await openIdle("#region=azure:westeurope");
  const worker = asked.indexOf("/sw.js");
  const before = worker < 0 ? asked : asked.slice(0, worker);
  for (const kind of [/\.wasm$/, /\.pack$/]) assert.equal(before.filter((path) => kind.test(path)).length, 1, before.join(" "));
});

test("the answers and the details have Chromium's words", { skip: missing }, async () => {
  const chromium = await open();
  for (const hash of ["#work=paper", "#region=azure:westeurope&when=at&start=2026-11-30T09:00&zone=UTC&canPause=on", "#region=aws:us-east-1&when=at&start=2026-11-30T09:00&zone=UTC"]) {
    const { page } = await chromium.page(hash);
    await page.waitForFunction(() => "idle" in document.body.dataset);
    await openIdle(hash);
    for (const selector of ["#first .answers", "#first .ranking", "#answer .choices", "#answer .equivalents", "#export pre"]) {
      const read = (/** @type {string} */ name) => [...document.querySelectorAll(name)].map(({ textContent }) => textContent ?? "").join(" ");
      assert.equal(plain(await webkit.evaluate(read, selector)), plain(await page.evaluate(read, selector)), `${hash} ${selector}`);
    }
    await page.context().close();
  }
  await chromium.close();
});

test("an added file is planned with, and a change of a field is answered", { skip: missing }, async () => {
  await openIdle("#work=paper");
  const regions = await webkit.evaluate(async (text) => {
    const input = /** @type {HTMLInputElement} */ (document.getElementById("files"));
    const transfer = new DataTransfer();
    transfer.items.add(new File([text], "north.csv", { type: "text/csv" }));
    input.files = transfer.files;
    input.dispatchEvent(new Event("change", { bubbles: true }));
    while (!document.querySelector("#series")?.textContent?.includes("north")) await new Promise((resolve) => setTimeout(resolve, 50));
    const before = document.body.dataset.answers;
    const field = /** @type {HTMLInputElement} */ (document.getElementById("window"));
    field.value = "12h";
    field.dispatchEvent(new InputEvent("input", { bubbles: true }));
    while (document.body.dataset.answers === before || document.getElementById("first")?.ariaBusy === "true") await new Promise((resolve) => setTimeout(resolve, 50));
    return document.querySelectorAll("#answer .choices tbody tr").length;
  }, year(1));
  assert.ok(regions > 3, `${regions} choices: with a second region there are more than three`);
});

for (const width of [320, 390]) {
  test(`in a frame of ${width} pixels, nothing is wider than the page, with a name of 40 letters either`, { skip: missing }, async () => {
    for (const hash of ["", "#work=paper"]) {
      await webkit.goto("about:blank");
      await webkit.goto(`${server.url}frame`);
      const wide = await webkit.evaluate(async (width, address, text) => {
        const frame = /** @type {HTMLIFrameElement} */ (document.querySelector("iframe"));
        frame.style.width = `${width}px`;
        frame.src = address;
        const until = async (/** @type {(page: Document) => unknown} */ met) => {
          while (!frame.contentDocument?.body || !met(frame.contentDocument)) await new Promise((resolve) => setTimeout(resolve, 50));
          return frame.contentDocument;
        };
        const page = await until(({ body }) => "idle" in body.dataset);
        const input = /** @type {HTMLInputElement} */ (page.getElementById("files"));
        const transfer = new DataTransfer();
        transfer.items.add(new File([text], `${"Donaudampfschifffahrtsgesellschaft".padEnd(40, "x")}.csv`));
        input.files = transfer.files;
        input.dispatchEvent(new Event("change", { bubbles: true }));
        await until(() => page.getElementById("series")?.textContent?.includes("Donau"));
        await until(({ body }) => "idle" in body.dataset);
        for (const fold of page.querySelectorAll("details")) fold.open = true;
        await new Promise((resolve) => setTimeout(resolve, 300));
        const most = page.documentElement.clientWidth;
        if (page.documentElement.scrollWidth <= most) return "";
        const widest = [...page.querySelectorAll("body *")].filter((one) => one.getBoundingClientRect().right > most + 0.5 && !one.closest(".scroll"));
        return widest.slice(0, 5).map((one) => `${one.tagName} ${one.id} ${one.className} ${one.getBoundingClientRect().right}`).join("; ");
      }, width, server.url + hash, year(1));
      assert.equal(wide, "", `${hash} is wider than ${width} pixels`);
    }
  });
}

test("axe finds nothing, with every fold open", { skip: missing }, async () => {
  for (const hash of ["", "#work=paper"]) {
    await openIdle(hash);
    const found = await webkit.evaluate(async (address) => {
      for (const fold of document.querySelectorAll("details")) fold.open = true;
      const script = document.createElement("script");
      script.src = address;
      await new Promise((resolve, reject) => { script.onload = resolve; script.onerror = reject; document.head.append(script); });
      const { violations } = await /** @type {any} */ (window).axe.run({ resultTypes: ["violations"] });
      return violations.map((/** @type {any} */ { id, nodes }) => `${id}: ${nodes[0]?.html}`);
    }, `${server.url}axe.js`);
    assert.deepEqual(found, [], hash);
  }
});

test("a recorded year that cannot be fetched says why in the page's own words", { skip: missing }, async () => {
  await openIdle("#work=paper");
  await server.close();
  const text = await webkit.evaluate(async () => {
    const fold = document.querySelector("#refine");
    if (fold instanceof HTMLDetailsElement) fold.open = true;
    const packs = /** @type {HTMLSelectElement} */ (document.getElementById("pack"));
    packs.value = "entsoe-fi-2020";
    /** @type {HTMLElement | null} */ (document.querySelector("#packs button"))?.click();
    const error = /** @type {HTMLElement} */ (document.getElementById("series-error"));
    while (!error.textContent) await new Promise((resolve) => setTimeout(resolve, 50));
    return error.textContent;
  });
  assert.match(text, /entsoe-fi-2020: this part of the page could not be loaded/);
});
