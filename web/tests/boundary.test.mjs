/** Tests of the boundary: the GPUs alone, or the servers around them. */

import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { answerAfter, latestAnswer, open, openAllDetails } from "./browser.mjs";

/** @type {Awaited<ReturnType<typeof open>>} */
let browser;
before(async () => {
  browser = await open();
});
after(() => browser.close());

test("the boundary is beside the result, in the equation, the statement and the link", async () => {
  const { page, errors } = await browser.page();
  const before = await latestAnswer(page);
  await openAllDetails(page);
  assert.match(await page.innerText("#first"), /Boundary: the GPUs alone/);
  assert.equal(await page.isVisible("#hostShare"), false);

  const servers = await answerAfter(page, () => page.selectOption("#host", "paper"));
  const kilowattHours = (/** @type {any} */ { plan }) => plan.job.energy_kilowatt_hours;
  assert.ok(Math.abs(kilowattHours(servers) / kilowattHours(before) - 100 / 74) < 1e-12);
  assert.equal(servers.plan.host_share_percent, 74);
  const grams = (/** @type {any} */ { plan }) => plan.regions[0].baseline.emissions_grams;
  assert.ok(Math.abs(grams(servers) / grams(before) - 100 / 74) < 1e-12);
  for (const place of ["#first", "#answer", "#export"]) {
    await page.waitForFunction((place) => /GPUs take 74.%|share of a server.s power, 74.%/.test(document.querySelector(place)?.textContent ?? ""), place);
  }
  assert.doesNotMatch(await page.innerText("#first"), /GPUs alone/);

  await page.selectOption("#host", "own");
  assert.equal(await page.isVisible("#hostShare"), true);
  await page.fill("#hostShare", "150");
  assert.match(await page.innerText("#hostShare-error"), /1 to 100/);
  const own = await answerAfter(page, () => page.fill("#hostShare", "50"));
  assert.equal(kilowattHours(own), kilowattHours(before) * 2);
  await page.waitForFunction(() => location.hash.includes("hostShare=50"));

  const { page: there } = await browser.page(new URL(page.url()).hash);
  assert.deepEqual((await latestAnswer(there)).plan, own.plan);
  assert.equal(await there.inputValue("#host"), "own");
  assert.match(await there.innerText("#first"), /Boundary: the servers, of whose power the GPUs take 50/);
  assert.deepEqual(errors, []);
  await page.context().close();
  await there.context().close();
});

test("all regions of a provider are ranked within the same boundary", async () => {
  const { page } = await browser.page("#region=aws:us-east-1");
  const shows = (/** @type {string} */ text) => page.waitForFunction((text) => document.getElementById("first")?.textContent?.includes(text), text);
  await shows("Boundary: the GPUs alone");
  await openAllDetails(page);
  await page.selectOption("#host", "paper");
  await shows("take 74");
  // Eight H100 at 80 % of 700 W for 24 h, and the rest of their server.
  const kilowattHours = (8 * 700 * 0.8 * 24) / 1000 / 0.74;
  assert.match(await page.innerText("#first"), new RegExp(`The job takes ${Math.round(kilowattHours)}.kWh`));
  await page.context().close();
});
