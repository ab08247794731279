/** Tests that the page's plans have the numbers of `gpu-carbon plan` on the same input, to the last digit. */

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";

import { addYear, answerAfter, latestAnswer, open, openAllDetails, saved } from "./browser.mjs";
import { command } from "./built.mjs";
import { profile, year } from "./sample_data.mjs";

const START = "2020-06-01T00:00:00Z";

/** @type {Awaited<ReturnType<typeof open>>} */
let browser;
/** @type {string} */
let folder;
before(async () => {
  browser = await open();
  folder = mkdtempSync(join(tmpdir(), "calculator-"));
  for (const [name, seed] of [["north", 1], ["south", 2]]) writeFileSync(join(folder, `${name}.csv`), year(Number(seed)));
  writeFileSync(join(folder, "profile.csv"), profile());
});
after(async () => {
  await browser.close();
  rmSync(folder, { recursive: true });
});

/** @param {string[]} flags */
function cli(flags) {
  return JSON.parse(execFileSync(command, ["plan", "--format", "json", ...flags], { encoding: "utf8", maxBuffer: 1 << 26 }));
}

/**
 * Asserts that two plans are equal but for the names of files.
 * @param {any} ours
 * @param {any} theirs
 */
function assertSamePlan(ours, theirs) {
  const plain = (/** @type {any} */ plan) => ({ ...plan, regions: plan.regions.map((/** @type {any} */ region) => ({ ...region, source: "" })) });
  assert.deepEqual(plain(ours), plain(theirs));
}

/** @typedef {import("playwright-core").Page} Page */
const fill = (/** @type {string} */ id, /** @type {string} */ text) => (/** @type {Page} */ page) => page.fill(`#${id}`, text);
const choose = (/** @type {string} */ id, /** @type {string} */ value) => (/** @type {Page} */ page) => page.selectOption(`#${id}`, value);
const work = (/** @type {string} */ value) => (/** @type {Page} */ page) => page.check(`input[name=work][value=${value}]`, { force: true });

/** @type {[string, ((page: Page) => Promise<unknown>)[], string[]][]} */
const QUESTIONS = [
  ["another job of the paper", [choose("paper", "vit_tiny")], ["--job", "vit_tiny"]],
  ["energy", [work("energy"), fill("energy", "12.5"), fill("duration", "7h30m")], ["--energy", "12.5kWh", "--duration", "7h30m"]],
  ["power", [work("power"), fill("power", "1036"), fill("duration", "12h")], ["--power", "1036W", "--duration", "12h"]],
  ["GPUs", [work("gpus"), choose("gpu", "a100-sxm-40gb"), fill("count", "4"), fill("utilisation", "75"), fill("duration", "9h")], ["--power", "1200W", "--duration", "9h"]],
  ["the servers around the GPUs", [work("power"), fill("power", "1036"), fill("duration", "12h"), choose("host", "paper")], ["--power", "1036W", "--duration", "12h", "--host-share", "paper"]],
  ["the servers by a share of one's own", [work("energy"), fill("energy", "12.5"), fill("duration", "7h30m"), choose("host", "own"), fill("hostShare", "62.5")], ["--energy", "12.5kWh", "--duration", "7h30m", "--host-share", "62.5%"]],
  ["a start in a zone", [choose("zone", "UTC"), fill("start", "2020-02-29T13:35")], ["--job", "bert_lm", "--start", "2020-02-29T13:35:00Z"]],
  ["a window in percent", [fill("window", "33%")], ["--job", "bert_lm", "--window", "33%"]],
  ["no window", [fill("window", "0")], ["--job", "bert_lm", "--window", "0s"]],
  ["overhead", [fill("pue", "1.17")], ["--job", "bert_lm", "--pue", "1.17"]],
  ["pauses that cost", [fill("pauseEnergy", "0.2"), fill("pauseTime", "5min"), fill("pausedPower", "80"), fill("leastRun", "30min"), fill("mostPauses", "6")],
    ["--job", "bert_lm", "--pause-energy", "0.2kWh", "--pause-time", "5min", "--paused-power", "80W", "--min-run", "30min", "--max-pauses", "6"]],
];

for (const [name, changes, flags] of QUESTIONS) {
  test(`${name}: the numbers of the command line`, async () => {
    const { page, errors } = await browser.page();
    await latestAnswer(page);
    await openAllDetails(page);
    const { plan } = await answerAfter(page, async () => {
      for (const change of changes) await change(page);
    });
    const start = flags.includes("--start") ? [] : ["--start", START];
    assertSamePlan(plan, cli(["--intensity", "sgip-pge-2020", ...start, ...flags]));
    assert.deepEqual(errors, []);
    await page.context().close();
  });
}

test("the other bundled series, loaded when it is added: the numbers of the command line", async () => {
  const { page, pageRequests } = await browser.page();
  await latestAnswer(page);
  assert.ok(!pageRequests.some((address) => address.includes("sgip-sce-2020")));
  const { plan } = await answerAfter(page, () => addYear(page, "sgip-sce-2020"));
  assertSamePlan(plan, cli(["--intensity", "sgip-pge-2020", "sgip-sce-2020", "--start", START, "--job", "bert_lm"]));
  await page.context().close();
});

test("files of both signals beside the bundled series, with another home: the numbers of the command line", async () => {
  const { page } = await browser.page();
  await answerAfter(page, () => page.setInputFiles("#files", join(folder, "north.csv")));
  await page.selectOption("#signal", "average");
  await answerAfter(page, () => page.setInputFiles("#files", join(folder, "south.csv")));
  const { plan } = await answerAfter(page, () => page.check("input[name=home][value=north]"));
  const series = ["--intensity", "sgip-pge-2020", join(folder, "north.csv"), "--average", join(folder, "south.csv"), "--home", "north"];
  assertSamePlan(plan, cli([...series, "--start", START, "--job", "bert_lm"]));
  assert.deepEqual(plan.ranking.map((/** @type {any} */ group) => group.signal).sort(), ["average", "marginal"]);
  assert.ok(plan.warnings.length > 0, "both signals without a warning");

  const { text } = await saved(page, () => page.click("#export button:text('Save plan.csv')"));
  const parameters = ["plan", "--format", "csv", "--intensity", "sgip-pge-2020", "north.csv", "--average", "south.csv", "--home", "north"];
  const expected = execFileSync(command, [...parameters, "--start", START, "--job", "bert_lm"], { cwd: folder, encoding: "utf8" });
  assert.equal(text, expected, "byte for byte");
  await page.context().close();
});

test("a measured profile: the numbers of the command line", async () => {
  const { page } = await browser.page();
  await latestAnswer(page);
  await work("profile")(page);
  const { plan } = await answerAfter(page, async () => {
    await page.setInputFiles("#profile", join(folder, "profile.csv"));
    await page.fill("#duration", "6h");
  });
  assertSamePlan(plan, cli(["--intensity", "sgip-pge-2020", "--start", START, "--duration", "6h", "--profile", join(folder, "profile.csv")]));
  await page.context().close();
});

test("a local time is converted to UTC, to the earlier of two, and is an error where the clocks skip it", async () => {
  const { page } = await browser.page();
  await latestAnswer(page);
  await page.focus("#zone");
  await page.selectOption("#zone", "Europe/Berlin");
  const start = async (/** @type {string} */ local) => (await answerAfter(page, () => page.fill("#start", local))).request.start;
  assert.equal(await start("2020-06-01T02:00"), START);
  assert.equal(await start("2020-10-25T02:30"), "2020-10-25T00:30:00Z");
  await page.fill("#start", "2020-03-29T02:30");
  assert.match(await page.innerText("#start-error"), /skip/);
  await page.context().close();
});
