/** Tests of cloud regions with yearly averages, of embodied carbon, and of many series. */

import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";

import { answerAfter, latestAnswer, open } from "./browser.mjs";
import { root } from "./built.mjs";
import { year } from "./sample_data.mjs";

const read = (/** @type {string} */ path) => JSON.parse(readFileSync(join(root, "web/data", path), "utf8"));
const averages = read("averages.json").grams_per_kilowatt_hour;

/** @type {Awaited<ReturnType<typeof open>>} */
let browser;
before(async () => {
  browser = await open();
});
after(() => browser.close());

test("a cloud region is compared by the yearly average of its country, and is not ranked", async () => {
  const { page, pageRequests } = await browser.page("#work=energy&energy=10&duration=1h&pue=1.5");
  const { plan } = await latestAnswer(page);
  assert.ok(!pageRequests.some((address) => /averages|readers/.test(address)), "loaded before it was opened");
  await page.click("#clouds summary");
  await page.selectOption("#provider", "AWS");
  await page.selectOption("#cloud-region", "AWS:eu-west-3");
  await page.getByRole("button", { name: "Compare this region" }).click();
  await page.selectOption("#provider", "Country");
  await page.selectOption("#cloud-region", "Country:NO");
  await page.getByRole("button", { name: "Compare this region" }).click();
  for (const [name, country] of [["AWS Paris", "FR"], ["Norway", "NO"]]) {
    const cells = page.locator("#averages tr", { hasText: name }).locator("td");
    const grams = 10 * 1.5 * averages[/** @type {string} */ (country)];
    await page.waitForFunction(() => [...document.querySelectorAll("#averages td:last-child")].every((cell) => cell.textContent));
    const [intensity = "", mass = ""] = await cells.allInnerTexts();
    assert.equal(intensity, averages[/** @type {string} */ (country)].toFixed(0));
    const [value = "", unit = ""] = mass.split("\u202f");
    assert.ok(Math.abs(Number(value) * (unit === "kg" ? 1000 : 1) / grams - 1) < 0.005, `${mass} is not ${grams} g`);
  }
  const { plan: still } = await latestAnswer(page);
  assert.deepEqual(still.ranking, plan.ranking);
  await page.waitForFunction(() => location.hash.includes("cloud="));
  const { page: there } = await browser.page(new URL(page.url()).hash);
  await there.locator("#averages tr", { hasText: "AWS Paris" }).waitFor();
  await page.context().close();
  await there.context().close();
});

test("every cloud region has a yearly average", () => {
  const clouds = read("clouds.json");
  const rows = Object.values(clouds.providers).flat().map((row) => String(row).split(";"));
  assert.ok(rows.length > 100);
  for (const [id, name, zone = ""] of rows) {
    assert.ok(id && name, zone);
    assert.ok(averages[zone.slice(0, 2)] > 0, `${id}: no average of ${zone}`);
  }
});

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
