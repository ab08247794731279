/** What the page shows of an answer, and what is taken away from it. */

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { after as afterAll, before, test } from "node:test";

import { mass, percent } from "../src/answer/format.js";
import { after, answered, open, root, unfold } from "./browser.mjs";

const command = process.env.GPU_CARBON ?? ["release", "debug"].map((kind) => join(root, "target", kind, "gpu-carbon")).find((path) => existsSync(path));

/** @type {Awaited<ReturnType<typeof open>>} */
let browser;
before(async () => { browser = await open(); });
afterAll(() => browser.close());

/** A page whose long work is done. @param {import("playwright-core").BrowserContextOptions} [context] */
async function whole(context) {
  const { page, faults } = await browser.page("", context);
  const { plan } = await answered(page);
  await page.waitForSelector("#answer .heat", { state: "attached" });
  return { page, faults, plan };
}

test("each choice is told in grams and percent, as the engine has them", async () => {
  const { page, faults, plan } = await whole();
  const [home] = plan.regions;
  const rows = await page.locator("#answer .choices tbody tr").allInnerTexts();
  assert.equal(rows.length, 3);
  for (const [row, { emissions_grams: grams, saving_ratio: saving }] of [[rows[1], home.flexible_start], [rows[2], home.pause_and_resume]]) {
    assert.ok(row.includes(mass(grams)) && row.includes(percent(saving)), row);
  }
  assert.match(await page.innerText("#answer .headline"), new RegExp(mass(home.baseline.emissions_grams)));
  assert.deepEqual(faults, []);
});

test("a grid that emits nothing is told, and breaks nothing", async () => {
  const { page, faults } = await browser.page();
  await answered(page);
  const rows = Array.from({ length: 24 * 366 }, (_, hour) => `${new Date(Date.UTC(2020, 0, 1, hour)).toISOString()},0`);
  const file = { name: "zero.csv", mimeType: "text/csv", buffer: Buffer.from(["timestamp_utc,gco2_per_kwh", ...rows].join("\n")) };
  await after(page, () => page.setInputFiles("#files", file));
  await after(page, () => page.check("input[name=home][value=zero]"));
  await page.getByText("At once each of them emits nothing").waitFor({ state: "attached" });
  await page.getByText("at once it emits nothing, and there is nothing to save").waitFor({ state: "attached" });
  await page.waitForSelector("#answer progress", { state: "hidden" });
  assert.match((await page.locator("#answer .factors").textContent()) ?? "", /I0\sg\/kWh/);
  assert.deepEqual(faults, []);
  await page.context().close();
});

test("what a whole year saves does not pass for what these pauses save: over the year they are free", async () => {
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
  assert.doesNotMatch(free, /taken to be free, and|with free pauses/);
  assert.match(paid, /Best pausesthis start, with all that you gave: /);
  assert.match(paid, /Over the year pauses are taken to be free, and the power to be even/);
  assert.match(paid, /\(dashed, with free pauses at the mean power\)/);
});

test("manufacture that is counted is told beside the choices", async () => {
  const { page } = await browser.page("#work=gpus&gpu=h100-sxm&count=8&duration=24h&embodied=on");
  const { embodiedGrams } = await answered(page);
  assert.ok(embodiedGrams > 0);
  assert.match(await page.innerText("#answer"), new RegExp(`manufacture comes on top, the same for each choice: ${mass(embodiedGrams)}`));
  await page.context().close();
});

test("the chart is read by the keyboard, in words", async () => {
  const { page } = await whole();
  const chart = page.locator("#answer .intensity [role=slider]");
  await chart.focus();
  const heard = [];
  for (const key of ["Home", "ArrowRight", "PageUp", "End"]) {
    await page.keyboard.press(key);
    heard.push(await chart.getAttribute("aria-valuetext"));
  }
  assert.equal(new Set(heard).size, 4, String(heard));
  assert.match(heard[0] ?? "", /^Mon 1 Jun 00:00: .*\sg\/kWh; runs: at once/);
});

test("the heat map has a value for each hour of each month", async () => {
  const { page } = await whole();
  const cells = await page.locator("#answer .heat tbody td").allTextContents();
  assert.equal(cells.length, 24 * 12);
  assert.ok(cells.every((text) => Number(text) > 0), cells.find((text) => !(Number(text) > 0)));
});

test("a screen reader hears one summary after several changes, not each of them", async () => {
  const { page } = await whole();
  await page.waitForFunction(() => document.querySelector("#answer [role=status]")?.textContent);
  await page.evaluate(() => {
    const kept = /** @type {any} */ (window);
    kept.heard = [];
    new MutationObserver(() => kept.heard.push(document.querySelector("#answer [role=status]")?.textContent)).observe(
      /** @type {Node} */ (document.querySelector("#answer [role=status]")), { childList: true });
  });
  await after(page, () => page.locator("#window").pressSequentially("1"));
  for (const text of ["2h", "5h", "9h"]) await after(page, () => page.fill("#window", text));
  await page.waitForFunction(() => /** @type {any} */ (window).heard.length > 0);
  const heard = await page.evaluate(() => /** @type {any} */ (window).heard);
  assert.equal(heard.length, 1, heard.join("\n"));
  assert.ok(heard[0].startsWith(await page.innerText("#answer .headline")));
});

test("the command of the page gives the plan of the page", { skip: command ? false : "gpu-carbon is not built" }, async () => {
  const { page } = await whole();
  await unfold(page);
  const { plan } = await after(page, () => page.fill("#window", "33%"));
  const line = await page.locator("#take pre", { hasText: "gpu-carbon plan" }).textContent();
  const path = `${dirname(command ?? "")}:${process.env.PATH}`;
  const printed = execFileSync("sh", ["-c", `${line} --format json`], { encoding: "utf8", maxBuffer: 1 << 26, env: { ...process.env, PATH: path } });
  assert.deepEqual(plan, JSON.parse(printed));
});

test("the plan is saved as it is", async () => {
  const { page, plan } = await whole();
  const [download] = await Promise.all([page.waitForEvent("download"), page.click("#take button:text('Save plan.json')")]);
  assert.equal(download.suggestedFilename(), "plan.json");
  assert.deepEqual(JSON.parse(readFileSync(await download.path(), "utf8")), plan);
});

test("at any width, nothing is wider than the page", async () => {
  for (const width of [320, 390, 820, 1440]) {
    const { page } = await whole({ viewport: { width, height: 900 } });
    await unfold(page);
    const [inner, outer] = await page.evaluate(() => [document.documentElement.scrollWidth, innerWidth]);
    assert.ok(inner !== undefined && outer !== undefined && inner <= outer, `${width}: ${inner}`);
  }
});
