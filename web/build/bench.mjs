/**
 * The benchmark of the page: `npm run bench`. It measures the time from a keystroke to the answer in the document, with 16
 * regions of five-minute data over a year, and with all grid zones ranked by their yearly level, in Chromium.
 */

import { latestAnswer, open, openAllDetails } from "../tests/browser.mjs";
import { year } from "../tests/sample_data.mjs";

/** @type {[string, string[]][]} */
const CHANGES = [
  ["window", ["6h", "12h", "24h", "48h", "50%", "100%"]],
  ["start", ["2020-02-01T00:00", "2020-05-17T13:35", "2020-09-30T23:55", "2020-11-11T11:10"]],
  ["pue", ["1.1", "1.14", "1.54"]],
  ["paper", ["bert_finetune", "vit_huge", "densenet_121", "transformer_6b", "bert_lm"]],
  ["zone", ["UTC"]],
  ["mostPauses", ["6", "3", ""]],
  ["leastRun", ["30min", "0"]],
  ["pauseEnergy", ["0.1", "0.2", "0"]],
  ["pausedPower", ["80", "0"]],
];

const browser = await open();
const { page } = await browser.page();
await latestAnswer(page);
const files = Array.from({ length: 15 }, (_, index) => ({ name: `region-${index + 1}.csv`, mimeType: "text/csv", buffer: Buffer.from(year(index + 1)) }));
await page.setInputFiles("#files", files);
await page.waitForFunction(() => /** @type {any} */ (window).plans.at(-1)?.plan.regions.length === 16, null, { timeout: 120_000 });
await openAllDetails(page);
await page.waitForTimeout(4000); // for the analyses of each region's year

/** @param {string} id @param {string} text @param {import("../tests/browser.mjs").Page} [on] @returns {Promise<{shown: number, painted: number}>} */
const change = (id, text, on = page) => on.evaluate(([id, text]) => new Promise((resolve) => {
  const control = /** @type {HTMLInputElement} */ (document.getElementById(/** @type {string} */ (id)));
  control.value = /** @type {string} */ (text);
  const began = performance.now();
  const watch = new MutationObserver(() => {
    watch.disconnect();
    const shown = performance.now() - began;
    requestAnimationFrame(() => setTimeout(() => resolve({ shown, painted: performance.now() - began })));
  });
  watch.observe(document.body, { attributes: true, attributeFilter: ["data-answers"] });
  control.dispatchEvent(new InputEvent("input", { bubbles: true }));
}), [id, text]);

const allTimes = [];
console.log("field          median ms   worst ms   (with the frame: median, worst)");
for (const [id, texts] of CHANGES) {
  const times = [];
  for (let round = 0; round < 5; round += 1) {
    for (const text of texts) {
      times.push(await change(id, text));
      await page.waitForTimeout(30);
    }
  }
  allTimes.push(...times);
  console.log(line(id, times));
}
console.log(line("all", allTimes));

const { page: ranked } = await browser.page("#region=own:NL", { viewport: { width: 1440, height: 900 } });
await ranked.waitForFunction(() => "idle" in document.body.dataset);
await ranked.click(".ranking button");
const rankings = [];
for (let round = 0; round < 20; round += 1) {
  rankings.push(await change("count", String(9 + round), ranked));
  await ranked.waitForTimeout(300);
}
console.log(line(`${await ranked.locator(".places li").count()} places`, rankings));
await browser.close();

/** @param {string} name @param {{shown: number, painted: number}[]} times */
function line(name, times) {
  const [shown, painted] = [times.map(({ shown }) => shown), times.map(({ painted }) => painted)].map((list) => list.sort((a, b) => a - b));
  const middle = (/** @type {number[]} */ list) => list[Math.floor(list.length / 2)] ?? NaN;
  const number = (/** @type {number} */ value) => value.toFixed(1).padStart(10);
  return `${name.padEnd(12)}${number(middle(shown ?? []))} ${number(Math.max(...(shown ?? [])))}     ${number(middle(painted ?? []))}${number(Math.max(...(painted ?? [])))}`;
}
