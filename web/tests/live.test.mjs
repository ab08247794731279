/** Tests of the two live services, which a server of the page's own origin plays, with errors and nulls. */

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { after, before, test } from "node:test";

import { answerAfter, latestAnswer, open, saved } from "./browser.mjs";
import { mass } from "../src/ui/format.js";
import { command } from "./built.mjs";

const HOUR = 3_600_000;
const started = Math.floor(Date.now() / (HOUR / 2)) * (HOUR / 2);
const iso = (/** @type {number} */ at) => `${new Date(at).toISOString().slice(0, 16)}Z`;

/** Half hours from now on in the GB API's format: one measured value, and then forecasts alone. */
function halfHours(count = 96) {
  return Array.from({ length: count }, (_, slot) => ({
    from: iso(started + slot * (HOUR / 2)),
    to: iso(started + (slot + 1) * (HOUR / 2)),
    intensity: { forecast: 200 - (slot % 48), actual: slot === 0 ? 205 : null, index: "moderate" },
  }));
}

function energyCharts() {
  const slots = Array.from({ length: 192 }, (_, slot) => slot);
  return {
    unix_seconds: slots.map((slot) => (started - 12 * HOUR) / 1000 + slot * 900),
    co2eq: slots.map((slot) => (slot < 50 ? 400 + slot : null)),
    co2eq_forecast: slots.map((slot) => (slot < 50 ? null : 300 + (slot % 60))),
    deprecated: false,
  };
}

/** @type {Record<string, () => {status?: number, type?: string, body: string}>} by a part of the requested path */
const RESPONSES = {};
const requestedPaths = /** @type {string[]} */ ([]);

/** @param {unknown} value */
const json = (value) => ({ body: JSON.stringify(value) });

/** @type {Awaited<ReturnType<typeof open>>} */
let browser;
before(async () => {
  browser = await open({
    respond(path) {
      if (!path.startsWith("/services/")) return undefined;
      requestedPaths.push(path);
      return Object.entries(RESPONSES).find(([part]) => path.includes(part))?.[1]() ?? { status: 404, body: "{}" };
    },
  });
});
after(() => browser.close());

/** @param {import("playwright-core").Page} page @param {string} place */
async function load(page, place) {
  await page.evaluate(() => { for (const fold of document.querySelectorAll("details")) fold.open = true; });
  await page.selectOption("#live-place", place);
  await page.getByRole("button", { name: "Load from the service" }).click();
}

/** A plan without its sources: the page names the service, the command line the file. @param {any} plan */
const withoutSources = (plan) => ({ ...plan, regions: plan.regions.map((/** @type {any} */ region) => ({ ...region, source: "" })) });

for (const [place, name, path, answer, step] of /** @type {[string, string, string, () => unknown, number][]} */ ([
  ["gb", "Great Britain", "/intensity/", () => ({ data: halfHours() }), 1800],
  ["gb-13", "London", "/regional/intensity/", () => ({ data: { regionid: 13, dnoregion: "UKPN London", shortname: "London", data: halfHours().map((slot) => ({ ...slot, intensity: { forecast: slot.intensity.forecast, index: "low" }, generationmix: [] })) } }), 1800],
  ["de", "Germany", "/co2eq", energyCharts, 900],
])) {
  test(`${name}: requested only on a click, read, and planned with from now`, async () => {
    const { page, requests, errors } = await browser.page("?services=services#work=paper");
    await latestAnswer(page);
    assert.deepEqual(requests.filter((address) => address.includes("/services/")), []);
    for (const key of Object.keys(RESPONSES)) delete RESPONSES[key];
    RESPONSES[path] = () => json(answer());
    await load(page, place);
    const row = page.locator("#series li", { hasText: name });
    await row.waitFor();
    assert.match(await row.innerText(), /average/);
    const { plan } = await answerAfter(page, async () => {
      await page.fill("#window", "3h");
      await page.selectOption("#paper", "bert_finetune");
      await row.getByRole("button", { name: `Start now: ${name}` }).click();
    });
    assert.equal(plan.home_region, name);
    const [region] = plan.regions;
    assert.equal(region.signal, "average");
    assert.equal(region.step_seconds, step);
    assert.ok(region.baseline.emissions_grams > 0);

    // The command gives the same numbers with the saved file.
    const { text } = await saved(page, () => page.click(`#export button:text-is('Save ${name}.csv')`));
    const folder = mkdtempSync(join(tmpdir(), "live-"));
    writeFileSync(join(folder, `${name}.csv`), text);
    const line = await page.innerText("#export pre >> nth=0");
    const repeated = JSON.parse(execFileSync("sh", ["-c", `${line} --format json`], {
      cwd: folder, encoding: "utf8", env: { ...process.env, PATH: `${dirname(command)}:${process.env.PATH}` },
    }));
    rmSync(folder, { recursive: true });
    assert.deepEqual(withoutSources(repeated), withoutSources(plan));
    const outside = requests.filter((address) => !address.startsWith(browser.url) && !address.startsWith("data:"));
    assert.deepEqual(outside, []);
    assert.deepEqual(errors, []);
    await page.context().close();
  });
}

test("one click plans the reader's region with the forecast, fits the window to it, and says so", async () => {
  const { page, requests, errors } = await browser.page("?services=services#region=azure:germanywestcentral&duration=6h&window=72h&canPause=on&zone=Europe%2FBerlin");
  await page.waitForFunction(() => "idle" in document.body.dataset);
  assert.deepEqual(requests.filter((address) => address.includes("/services/")), []);
  for (const key of Object.keys(RESPONSES)) delete RESPONSES[key];
  RESPONSES["/co2eq"] = () => json(energyCharts());
  const { plan, request } = await answerAfter(page, async () => {
    await page.getByRole("button", { name: "Plan with the forecast for now" }).click();
    await page.locator("[data-answer=when]", { hasText: "Forecast for Germany, loaded at" }).waitFor();
  });
  assert.ok(Math.abs(Date.parse(request.start) - Date.now()) < 120_000, request.start);
  const end = Date.parse(plan.regions[0].baseline.start) + plan.window_seconds * 1000 + 6 * HOUR;
  assert.equal(end, started + 36 * HOUR, "the window is not fitted to the forecast");
  assert.match(await page.innerText("#first .notes"), /The forecast ends at .*: the job may end .* later, not 72h/);
  const best = plan.regions[0].flexible_start;
  assert.ok((await page.innerText("[data-answer=when]")).includes(`${mass(best.emissions_grams)} instead of ${mass(plan.regions[0].baseline.emissions_grams)}`));
  assert.match(await page.innerText("[data-answer=pauses]"), /cost of a pause is included|Do not pause/);
  assert.equal(await page.getByRole("button", { name: "Plan with the forecast for now" }).count(), 0);

  // Another region's question drops the forecast and its note; an error of the service stands beside the button.
  await page.selectOption("#region", "azure:uksouth");
  await page.locator("[data-answer=when]", { hasText: "As in United Kingdom, 2020" }).waitFor();
  assert.doesNotMatch(await page.innerText("#first .summary"), /The forecast ends at|Germany/);
  RESPONSES["/intensity/"] = () => ({ status: 500, body: "" });
  await page.getByRole("button", { name: "Plan with the forecast for now" }).click();
  await page.locator("#live-here-error", { hasText: "answered 500" }).waitFor();
  assert.deepEqual(errors.filter((error) => !error.includes("500")), []);
  await page.context().close();
});

test("a token goes to its service alone, and into no address and no storage", async () => {
  const { page, requests } = await browser.page("?services=services#region=aws:us-east-1");
  await page.waitForFunction(() => "idle" in document.body.dataset);
  await page.click("#first summary:has-text('Hourly data')");
  await page.getByRole("button", { name: "Ask Electricity Maps" }).click();
  await page.locator("#token-error", { hasText: "Enter the token" }).waitFor();
  const headers = /** @type {string[]} */ ([]);
  page.on("request", (request) => headers.push(`${request.url()} ${request.headers()["auth-token"] ?? ""}`));
  for (const key of Object.keys(RESPONSES)) delete RESPONSES[key];
  RESPONSES["/v3/carbon-intensity/forecast"] = () => json({ zone: "US-MIDA-PJM", temporalGranularity: "hourly", forecast: Array.from({ length: 73 }, (_, hour) => ({ carbonIntensity: 400 - (hour % 24), datetime: new Date(Math.floor(started / HOUR) * HOUR + hour * HOUR).toISOString() })) });
  await page.fill("#token", "s3cret");
  await page.getByRole("button", { name: "Ask Electricity Maps" }).click();
  await page.locator("[data-answer=when]", { hasText: "Forecast for PJM, loaded at" }).waitFor();
  await page.waitForTimeout(600);
  assert.deepEqual(headers.filter((line) => line.includes("s3cret")).map((line) => new URL(line.split(" ")[0] ?? "").pathname), ["/services/api.electricitymaps.com/v3/carbon-intensity/forecast"]);
  const stored = await page.evaluate(() => JSON.stringify([{ ...localStorage }, { ...sessionStorage }, location.href, document.cookie]));
  assert.doesNotMatch(stored, /s3cret/);
  assert.doesNotMatch(requests.join(" "), /s3cret/);
  await page.context().close();
});

test("an error of the service is shown beside the button, and nothing is lost", async () => {
  const { page } = await browser.page("?services=services#work=paper");
  const first = await latestAnswer(page);
  for (const [answer, expected] of /** @type {[{status?: number, type?: string, body: string}, RegExp][]} */ ([
    [{ status: 400, body: JSON.stringify({ error: { code: "400 Bad Request", message: "Please enter a valid date" } }) }, /answered 400 for Great Britain: Please enter a valid date/],
    [{ status: 500, body: "<html>down</html>", type: "text/html" }, /answered 500.*try again later/],
    [{ body: "<html>a portal</html>", type: "text/html" }, /web page/],
    [{ body: "{\"data\": [" }, /cut off/],
    [json({ data: halfHours().map((slot) => ({ ...slot, intensity: { forecast: null, actual: null, index: "moderate" } })) }), /.+/],
    [json({ data: [] }), /.+/],
  ])) {
    for (const key of Object.keys(RESPONSES)) delete RESPONSES[key];
    RESPONSES["/intensity/"] = () => answer;
    await page.evaluate(() => { const error = document.getElementById("live-error"); if (error) error.textContent = ""; });
    await load(page, "gb");
    await page.waitForFunction(() => document.getElementById("live-error")?.textContent);
    assert.match(await page.innerText("#live-error"), expected);
    assert.equal(await page.locator("#series li").count(), 1);
  }
  assert.deepEqual((await latestAnswer(page)).plan, first.plan);
  await page.context().close();
});

test("no other origin can replace a service", async () => {
  const { page, requests } = await browser.page("?services=https://example.org/#work=paper");
  await latestAnswer(page);
  await load(page, "de");
  await page.waitForFunction(() => document.getElementById("live-error")?.textContent);
  assert.match(await page.innerText("#live-error"), /own origin/);
  assert.deepEqual(requests.filter((address) => address.startsWith("https://example.org")), []);
  await page.context().close();
});

test("the requests have the paths of the services' documentation", () => {
  const paths = requestedPaths.map((path) => path.replace(/\d{4}-\d\d-\d\dT\d\d:\d\dZ/, "NOW"));
  for (const expected of [
    "/services/api.carbonintensity.org.uk/intensity/NOW/fw48h",
    "/services/api.carbonintensity.org.uk/regional/intensity/NOW/fw48h/regionid/13",
    "/services/api.energy-charts.info/co2eq",
  ]) assert.ok(paths.includes(expected), `${expected} is not among ${[...new Set(paths)].join(", ")}`);
});
