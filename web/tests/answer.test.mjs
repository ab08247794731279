/** Tests of the answer and of the export panel. */

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { dirname } from "node:path";
import { after, before, test } from "node:test";

import { mass, percent } from "../src/ui/format.js";
import { EXAMPLE, answerAfter, latestAnswer, open, openAllDetails, saved } from "./browser.mjs";
import { command } from "./built.mjs";

/** @type {Awaited<ReturnType<typeof open>>} */
let browser;
before(async () => { browser = await open(); });
after(() => browser.close());

/** Opens the page, and waits for the analyses. @param {import("playwright-core").BrowserContextOptions} [context] */
async function openFinished(context) {
  const { page, errors } = await browser.page(EXAMPLE, context);
  const { plan } = await latestAnswer(page);
  await page.waitForSelector("#answer .heat", { state: "attached" });
  return { page, errors, plan };
}

test("each choice shows the engine's grams and percent", async () => {
  const { page, errors, plan } = await openFinished();
  const [home] = plan.regions;
  const rows = await page.locator("#answer .choices tbody tr").allInnerTexts();
  assert.equal(rows.length, 3);
  for (const [row, { emissions_grams: grams, saving_ratio: saving }] of [[rows[1], home.flexible_start], [rows[2], home.pause_and_resume]]) {
    assert.ok(row.includes(mass(grams)) && row.includes(percent(saving)), row);
  }
  assert.match(await page.innerText("#first .headline"), new RegExp(mass(home.baseline.emissions_grams)));
  assert.deepEqual(errors, []);
});

test("a grid without emissions gets sentences of its own, and causes no error", async () => {
  const { page, errors } = await browser.page();
  await latestAnswer(page);
  const rows = Array.from({ length: 24 * 366 }, (_, hour) => `${new Date(Date.UTC(2020, 0, 1, hour)).toISOString()},0`);
  const file = { name: "zero.csv", mimeType: "text/csv", buffer: Buffer.from(["timestamp_utc,gco2_per_kwh", ...rows].join("\n")) };
  await answerAfter(page, () => page.setInputFiles("#files", file));
  await answerAfter(page, () => page.check("input[name=home][value=zero]"));
  await page.getByText("none of them emits anything").waitFor({ state: "attached" });
  await page.getByText("started now, the job emits nothing, and there is nothing to save").waitFor({ state: "attached" });
  await page.waitForSelector("#answer progress", { state: "hidden" });
  await openAllDetails(page);
  assert.match((await page.locator("#answer .factors").textContent()) ?? "", /I0\sg\/kWh/);
  assert.deepEqual(errors, []);
  await page.context().close();
});

test("the savings over a year are labelled as those of free pauses, where this plan's pauses have costs", async () => {
  const text = async (/** @type {string} */ hash) => {
    const { page } = await browser.page(hash);
    await page.waitForSelector("#answer .heat", { state: "attached" });
    await page.waitForSelector("#answer progress", { state: "hidden" });
    const found = (await page.textContent("#answer")) ?? "";
    await page.context().close();
    return found;
  };
  const [free, paid] = [await text("#window=12h"), await text("#window=12h&pauseEnergy=0.5")];
  assert.match(free, /Best pausesthis start: [^,]*, (less|more|as) /);
  assert.doesNotMatch(free, /pauses are free and|with free pauses/);
  assert.match(paid, /Best pausesthis start, with the costs and powers that you entered: /);
  assert.match(paid, /Over the year pauses are free and the power is constant/);
  assert.match(paid, /\(dashed, with free pauses at the mean power\)/);
});

test("included manufacture is shown below the choices", async () => {
  const { page } = await browser.page("#work=gpus&gpu=h100-sxm&count=8&duration=24h&embodied=on");
  const { embodiedGrams } = await latestAnswer(page);
  assert.ok(embodiedGrams > 0);
  assert.match(await page.innerText("#answer"), new RegExp(`manufacture of its GPUs comes on top, the same for each choice: ${mass(embodiedGrams)}`));
  await page.context().close();
});

test("the arrow keys read the chart out as text", async () => {
  const { page } = await openFinished();
  const chart = page.locator("#answer .intensity [role=slider]");
  await chart.focus();
  const heard = [];
  for (const key of ["Home", "ArrowRight", "PageUp", "End"]) {
    await page.keyboard.press(key);
    heard.push(await chart.getAttribute("aria-valuetext"));
  }
  assert.equal(new Set(heard).size, 4, String(heard));
  assert.match(heard[0] ?? "", /^Mon 1 Jun 00:00: .*\sg\/kWh; running: start now/);
});

test("the heat map has a value for each hour of each month", async () => {
  const { page } = await openFinished();
  const cells = await page.locator("#answer .heat tbody td").allTextContents();
  assert.equal(cells.length, 24 * 12);
  assert.ok(cells.every((text) => Number(text) > 0), cells.find((text) => !(Number(text) > 0)));
});

test("the live region announces one summary after several changes", async () => {
  const { page } = await openFinished();
  await page.waitForFunction(() => document.querySelector("#first [role=status]")?.textContent);
  await page.evaluate(() => {
    const scope = /** @type {any} */ (window);
    scope.heard = [];
    new MutationObserver(() => scope.heard.push(document.querySelector("#first [role=status]")?.textContent)).observe(
      /** @type {Node} */ (document.querySelector("#first [role=status]")), { childList: true });
  });
  // The changes are made in the page, so that a busy machine does not delay one beyond the quiet time.
  await page.evaluate(async (texts) => {
    const field = /** @type {HTMLInputElement} */ (document.getElementById("window"));
    for (const text of texts) {
      const before = document.body.dataset.answers;
      field.value = text;
      field.dispatchEvent(new InputEvent("input", { bubbles: true }));
      while (document.body.dataset.answers === before) await new Promise((resolve) => setTimeout(resolve, 5));
    }
  }, ["1h", "2h", "5h", "9h"]);
  await page.waitForFunction(() => /** @type {any} */ (window).heard.length > 0);
  const heard = await page.evaluate(() => /** @type {any} */ (window).heard);
  assert.equal(heard.length, 1, heard.join("\n"));
  assert.ok(heard[0].startsWith(await page.innerText("#first .headline")));
});

test("the command of the page gives the plan of the page", { skip: existsSync(command) ? false : "gpu-carbon is not built" }, async () => {
  const { page } = await openFinished();
  await openAllDetails(page);
  const { plan } = await answerAfter(page, () => page.fill("#window", "33%"));
  const line = await page.locator("#export pre", { hasText: "gpu-carbon plan" }).textContent();
  const path = `${dirname(command)}:${process.env.PATH}`;
  const printed = execFileSync("sh", ["-c", `${line} --format json`], { encoding: "utf8", maxBuffer: 1 << 26, env: { ...process.env, PATH: path } });
  assert.deepEqual(plan, JSON.parse(printed));
});

test("the saved plan is the plan of the page", async () => {
  const { page, plan } = await openFinished();
  const { name, text } = await saved(page, () => page.click("#export button:text('Save plan.json')"));
  assert.equal(name, "plan.json");
  assert.deepEqual(JSON.parse(text), plan);
});

test("at any width, nothing is wider than the page", async () => {
  for (const width of [320, 390, 820, 1440]) {
    const { page } = await openFinished({ viewport: { width, height: 900 } });
    await openAllDetails(page);
    const [inner, outer] = await page.evaluate(() => [document.documentElement.scrollWidth, innerWidth]);
    assert.ok(inner !== undefined && outer !== undefined && inner <= outer, `${width}: ${inner}`);
  }
});
