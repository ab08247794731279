/** Tests of the look: edges, gaps, and what print and forced colours leave. */

import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { onlyChromium, open, openAllDetails } from "./browser.mjs";

/** @type {Awaited<ReturnType<typeof open>>} */
let browser;
before(async () => {
  browser = await open();
});
after(() => browser.close());

/** Opens a question about a region, and waits for its whole answer. @param {import("playwright-core").BrowserContextOptions} context */
async function openRegion(context) {
  const { page } = await browser.page("#region=azure:westeurope&when=at&start=2026-11-30T09:00&zone=UTC", context);
  await page.waitForFunction(() => "idle" in document.body.dataset);
  return page;
}

test("answers and notes begin at one edge, and nothing touches the question", async () => {
  for (const width of [320, 390, 820, 1440]) {
    const page = await openRegion({ viewport: { width, height: 900 } });
    const lefts = await page.evaluate(() => [".headline", ".sentence", ".basis", ".notes > .note", ".notes > .live", ".notes > details"].map((name) => Math.round(document.querySelector(`#first ${name}`)?.getBoundingClientRect().left ?? -1)));
    assert.equal(new Set(lefts).size, 1, `${width}: ${lefts}`);
    await openAllDetails(page);
    await page.fill("#count", "eight");
    await page.locator("#first .problem").waitFor();
    const gaps = await page.evaluate(() => {
      scrollTo(0, 0);
      const box = (/** @type {string} */ name) => document.querySelector(name)?.getBoundingClientRect() ?? new DOMRect();
      return { above: box(".ask").top - Math.max(box(".top").bottom, box("#summary-bar").bottom), below: box("#first .problem").top - box(".ask").bottom };
    });
    assert.ok(gaps.above >= 0 && gaps.below >= 8, `${width}: ${JSON.stringify(gaps)}`);
    if (width < 960) assert.ok(gaps.above >= 8, `${width}: ${JSON.stringify(gaps)}`);
    await page.context().close();
  }
});

test("the name of a region stands in one line, and a heading is no smaller than those in its fold", async () => {
  for (const width of [320, 390, 1440]) {
    const { page } = await browser.page("#region=aws:us-east-1", { viewport: { width, height: 900 } });
    await page.waitForFunction(() => "idle" in document.body.dataset);
    const height = await page.evaluate(() => {
      const name = /** @type {HTMLElement} */ (document.querySelector(".headline .whole"));
      return name.getBoundingClientRect().height / Number.parseFloat(getComputedStyle(name).lineHeight);
    });
    assert.ok(height < 1.5, `${width}: ${height} lines`);
    const [fold = 0, ...inner] = await page.evaluate(() => [...document.querySelectorAll("#refine > summary, #refine h2")].map((one) => Number.parseFloat(getComputedStyle(one).fontSize)));
    assert.ok(inner.every((size) => size <= fold), `${width}: ${fold}, ${inner}`);
    await page.context().close();
  }
});

test("text half as large again makes a phone's page no wider", async () => {
  for (const hash of ["#region=azure:westeurope&canPause=on", "#work=paper"]) {
    const { page } = await browser.page(hash, { viewport: { width: 390, height: 844 } });
    await page.waitForFunction(() => "idle" in document.body.dataset);
    await page.evaluate(() => { document.documentElement.style.fontSize = "150%"; });
    await openAllDetails(page);
    await page.waitForTimeout(300);
    const wide = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
    assert.ok(wide <= 0, `${hash}: ${wide} pixels wider`);
    await page.context().close();
  }
});

test("each hour of the heat map stands in one line", async () => {
  const page = await openRegion({ viewport: { width: 320, height: 700 } });
  const lines = await page.locator("#answer .heat tbody tr").evaluateAll((rows) => rows.map((row) => row.getBoundingClientRect().height));
  assert.equal(lines.length, 24);
  assert.ok(lines.every((height) => height < 24), `${lines}`);
  await page.context().close();
});

test("placeholders have the contrast of text, in both themes", async () => {
  for (const colorScheme of /** @type {const} */ (["light", "dark"])) {
    const page = await openRegion({ colorScheme });
    const ratio = await page.evaluate(() => {
      const field = /** @type {Element} */ (document.getElementById("pue"));
      const light = (/** @type {string} */ colour) => {
        const [red = 0, green = 0, blue = 0] = (colour.match(/[\d.]+/g) ?? []).map(Number).map((part) => (part / 255 <= 0.03928 ? part / 255 / 12.92 : ((part / 255 + 0.055) / 1.055) ** 2.4));
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
      };
      const [a, b] = [light(getComputedStyle(field, "::placeholder").color), light(getComputedStyle(field).backgroundColor)];
      return (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    });
    assert.ok(ratio >= 4.5, `${colorScheme}: ${ratio}`);
    await page.context().close();
  }
});

test("print leaves out buttons with their notes", { skip: onlyChromium("Playwright prints in Chromium alone") }, async () => {
  const page = await openRegion({});
  assert.ok(await page.isVisible("#first .live"));
  await page.emulateMedia({ media: "print" });
  assert.equal(await page.isVisible("#first .live"), false);
  assert.ok(await page.isVisible("#first .headline"));
  await page.context().close();
});
