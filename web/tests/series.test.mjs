/** Tests of embodied carbon, and of many series. */

import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";

import { answerAfter, latestAnswer, open } from "./browser.mjs";
import { year } from "./sample_data.mjs";

/** @type {Awaited<ReturnType<typeof open>>} */
let browser;
before(async () => {
  browser = await open();
});
after(() => browser.close());

test("embodied carbon: the published figure, the entered one, or an error without either", async () => {
  const { page } = await browser.page("#work=gpus&gpu=h100-sxm&count=8&duration=24h&embodied=on");
  const { embodiedGrams } = await latestAnswer(page);
  assert.ok(Math.abs(embodiedGrams - (164_000 * 8) / (4 * 365)) < 1e-9 * embodiedGrams, String(embodiedGrams));
  await page.selectOption("#gpu", "rtx-4090");
  await page.waitForSelector("#embodiedKilograms-error:not(:empty)");
  assert.match(await page.innerText("#embodiedKilograms-error"), /no figure is published/);
  const entered = await answerAfter(page, () => page.fill("#embodiedKilograms", "100"));
  assert.ok(Math.abs(entered.embodiedGrams - (100_000 * 8) / (4 * 365)) < 1e-9 * entered.embodiedGrams);
  await page.context().close();
});

test("sixteen regions are planned together, and ranked by emissions", async () => {
  const { page } = await browser.page();
  await latestAnswer(page);
  const folder = mkdtempSync(join(tmpdir(), "regions-"));
  const files = Array.from({ length: 15 }, (_, index) => join(folder, `region-${index}.csv`));
  for (const [index, path] of files.entries()) writeFileSync(path, year(index, { days: 200 }));
  await page.setInputFiles("#files", files);
  await page.waitForFunction(() => /** @type {any} */ (window).plans.at(-1)?.plan.regions.length === 16, null, { timeout: 60_000 });
  const { plan } = await answerAfter(page, () => page.fill("#window", "12h"));
  const best = new Map(plan.regions.map((/** @type {any} */ region) => [region.name, Math.min(region.baseline.emissions_grams, region.flexible_start.emissions_grams, region.pause_and_resume.emissions_grams)]));
  const ranked = plan.ranking[0].regions.map((/** @type {string} */ name) => best.get(name));
  assert.equal(ranked.length, 16);
  assert.deepEqual(ranked, [...ranked].sort((a, b) => a - b));
  assert.equal(plan.best_region, plan.ranking[0].regions[0]);
  rmSync(folder, { recursive: true });
  await page.context().close();
});
