/** Tests of links: they restore the page, and name data that are missing or differ. */

import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { DEFAULTS } from "../src/state/fields.js";
import { fromHash, toHash } from "../src/state/link.js";
import { EXAMPLE, answerAfter, latestAnswer, open, openAllDetails } from "./browser.mjs";
import { profile, year } from "./sample_data.mjs";

/** @type {Awaited<ReturnType<typeof open>>} */
let browser;
before(async () => {
  browser = await open();
});
after(() => browser.close());

const file = (/** @type {string} */ name, /** @type {string} */ text) => ({ name, mimeType: "text/csv", buffer: Buffer.from(text) });

test("any question survives the way through an address", () => {
  const question = Object.fromEntries(Object.keys(DEFAULTS).map((field, index) => [field, `${index} &=#~%+ü\u{1f30d}`]));
  Object.assign(question, { host: "own", work: "power", when: "now", canPause: "", embodied: "on", unit: "1,000 tokens" });
  const unknown = /** @type {string[]} */ ([]);
  const data = [
    { name: "a~b & c", kind: /** @type {const} */ ("file"), signal: /** @type {const} */ ("average"), checksum: "00ff" },
    { name: "sgip-pge-2020", kind: /** @type {const} */ ("pack"), signal: /** @type {const} */ ("marginal"), checksum: "1" },
  ];
  const profile = { name: "p~q.csv", checksum: "ab" };
  assert.deepEqual(fromHash(toHash(question, data, profile)), { question, data, profile, unknown, isQuestion: true });
  assert.equal(toHash({ ...DEFAULTS }, [], null), "#");
  for (const odd of ["", "#", "#data=x", "#data=~~~", "#work=other&nothing=1", "#%", "#watts="]) {
    const { question, data, profile } = fromHash(odd);
    assert.deepEqual([question, data, profile], [{ ...DEFAULTS }, [], null], odd);
  }
});

test("a choice that a field does not offer is named, and the default holds", () => {
  const { question, unknown, isQuestion } = fromHash("#region=aws:us-east-1&work=nothing&when=sometimes&canPause=maybe&unit=evil&embodied=x&=&");
  assert.deepEqual(unknown, ["work=nothing", "when=sometimes", "canPause=maybe", "embodied=x", "unit=evil"]);
  assert.deepEqual([question.work, question.when, question.canPause, question.embodied, question.unit], ["gpus", "now", "", "", "job"]);
  assert.equal(isQuestion, true);
  for (const hash of ["", "#", "#first", "#foo=1&bar"]) assert.equal(fromHash(hash).isQuestion, false, hash);
});

test("a series that stands twice in a link loads once, and unknown fields are named", () => {
  const { data, unknown, question } = fromHash("#data=pack~marginal~1~sgip-pge-2020&data=pack~marginal~1~sgip-pge-2020&toString=1&window=5h");
  assert.deepEqual([data.map(({ name }) => name), unknown, question.window], [["sgip-pge-2020"], ["toString"], "5h"]);
});

test("a link restores the question, names a missing file, and detects another file of its name", async () => {
  const { page } = await browser.page();
  await latestAnswer(page);
  await openAllDetails(page);
  await answerAfter(page, async () => {
    await page.check("input[name=work][value=gpus]", { force: true });
    await page.selectOption("#gpu", "h100-sxm");
    await page.fill("#count", "16");
    await page.fill("#duration", "30h");
    await page.fill("#window", "50%");
    await page.fill("#pauseEnergy", "0.1");
    await page.fill("#start", "2020-07-14T09:30");
    await page.fill("#pue", "1.14");
    await page.check("#embodied");
  });
  await answerAfter(page, () => page.setInputFiles("#files", file("north.csv", year(1))));
  const made = await answerAfter(page, () => page.check("input[name=home][value=north]"));
  await page.waitForFunction(() => location.hash.includes("north"));
  await page.waitForTimeout(300);
  const hash = new URL(page.url()).hash;

  const { page: there } = await browser.page(hash);
  const shown = await latestAnswer(there);
  await there.waitForTimeout(400);
  assert.equal(new URL(there.url()).searchParams.size, 0);
  assert.deepEqual(fromHash(new URL(there.url()).hash), fromHash(hash), "the address lost something while the file is missing");
  assert.match(await there.innerText("#series"), /north[\s\S]*made with this file/);
  assert.deepEqual(shown.request.job, made.request.job);
  assert.equal(await there.inputValue("#count"), "16");
  assert.equal(await there.isChecked("#embodied"), true);

  await answerAfter(there, () => there.setInputFiles("#files", file("north.csv", year(2))));
  assert.match(await there.innerText("#series"), /Not the data of the link/);
  await there.getByRole("button", { name: "Remove north" }).click();
  await there.goto("about:blank");
  await there.goto(browser.url + hash);
  const { plan, request, embodiedGrams } = await answerAfter(there, () => there.setInputFiles("#files", file("north.csv", year(1))));
  assert.doesNotMatch(await there.innerText("#series"), /Not the data of the link/);
  assert.deepEqual(plan, made.plan);
  assert.deepEqual(request, made.request);
  assert.equal(embodiedGrams, made.embodiedGrams);
  await page.context().close();
  await there.context().close();
});

test("a change of the address is followed, and starting over restores the question of the first visit", async () => {
  const { page } = await browser.page();
  const first = await latestAnswer(page);
  const { plan } = await answerAfter(page, () => page.evaluate(() => { location.hash = "#window=6h&paper=vit_huge"; }));
  assert.equal(plan.window_seconds, 21_600);
  assert.equal(await page.inputValue("#paper"), "vit_huge");
  await answerAfter(page, () => page.getByRole("button", { name: "Start over" }).click());
  assert.match(await page.inputValue("#region"), /^aws:/);
  const { plan: again } = await answerAfter(page, () => page.evaluate(() => { location.hash = "#work=paper"; }));
  assert.deepEqual(again, first.plan);
  await page.context().close();
});

test("the links to the answer keep the question, its files and its address", async () => {
  const { page } = await browser.page(EXAMPLE, { viewport: { width: 390, height: 844 } });
  await latestAnswer(page);
  await answerAfter(page, () => page.setInputFiles("#files", file("north.csv", year(1))));
  await openAllDetails(page);
  const { plan } = await answerAfter(page, () => page.fill("#window", "6h"));
  await page.waitForFunction(() => location.hash.includes("window=6h"));
  const address = page.url();
  for (const go of [() => page.click("#summary-bar"), () => page.focus(".skip").then(() => page.keyboard.press("Enter"))]) {
    await page.evaluate(() => scrollTo(0, 0));
    await go();
    await page.waitForFunction(() => document.activeElement?.id === "first" && Math.abs(document.activeElement.getBoundingClientRect().top) < 100);
    await page.waitForTimeout(400);
    assert.equal(page.url(), address);
    assert.equal(await page.inputValue("#window"), "6h");
    assert.deepEqual((await latestAnswer(page)).plan, plan);
  }
  await page.context().close();
});

test("going back restores the files of this visit", async () => {
  const { page } = await browser.page();
  await latestAnswer(page);
  await page.selectOption("#signal", "average");
  await answerAfter(page, () => page.setInputFiles("#files", file("north.csv", year(1))));
  await answerAfter(page, () => page.setInputFiles("#files", file("power.csv", profile())));
  const { plan } = await answerAfter(page, () => page.fill("#duration", "7h"));
  await page.waitForFunction(() => location.hash.includes("duration=7h"));
  const other = await answerAfter(page, () => page.evaluate(() => { location.hash = "#window=5h"; }));
  assert.equal(other.plan.regions.length, 1);
  await answerAfter(page, () => page.goBack());
  await page.waitForFunction(() => /** @type {any} */ (window).plans.at(-1).plan.regions.length === 2);
  assert.match(await page.innerText("[data-hint-for=profile]"), /power\.csv: 4 power values/);
  assert.deepEqual((await latestAnswer(page)).plan, plan);
  await page.context().close();
});

test("a series of an earlier link that arrives late is dropped", async () => {
  const { page } = await browser.page(EXAMPLE, { serviceWorkers: "block" });
  await latestAnswer(page);
  let release = () => {};
  const held = new Promise((resolve) => { release = () => resolve(null); });
  await page.route(/sgip-sce-2020/, async (route) => { await held; await route.continue(); });
  const request = page.waitForRequest(/sgip-sce-2020/);
  await page.evaluate(() => { location.hash = "#data=pack~marginal~~sgip-sce-2020"; });
  await request;
  await answerAfter(page, () => page.evaluate(() => { location.hash = "#window=5h"; }));
  const response = page.waitForResponse(/sgip-sce-2020/);
  release();
  await (await response).finished();
  await page.waitForTimeout(500);
  assert.deepEqual(await page.locator("#series .name").allInnerTexts(), ["sgip-pge-2020"]);
  await page.context().close();
});
