/** Tests of the first screen: where, when and with which pauses, for the reader's own region and today. */

import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { regionMap } from "../build/region_map.mjs";
import { addYear, latestAnswer, open } from "./browser.mjs";

const { regions, zones, levels } = regionMap();

/** @type {Awaited<ReturnType<typeof open>>} */
let browser;
before(async () => {
  browser = await open();
});
after(() => browser.close());

/** Waits for the whole first screen. @param {import("playwright-core").Page} page */
async function finished(page) {
  await page.waitForFunction(() => "idle" in document.body.dataset);
  return page;
}

/** Grams of a mass as the page writes it. @param {string} text */
function grams(text) {
  const [, number = "", unit = ""] = /([\d. ]+)\s(t|kg|g)$/.exec(text.replaceAll("\u202f", " ")) ?? [];
  return Number(number.replaceAll(" ", "")) * ({ t: 1e6, kg: 1e3, g: 1 }[unit] ?? NaN);
}

const JOB_KILOWATT_HOURS = 8 * 0.7 * 0.8 * 24;

for (const [key, pue, published] of /** @type {[string, number, string][]} */ ([
  ["azure:westeurope", 1.17, "Microsoft"], ["aws:us-east-1", 1.14, "AWS"], ["aws:eu-west-1", 1.14, "AWS"], ["aws:ap-southeast-2", 1.14, "AWS"],
  ["gcp:us-central1", 1.09, "Google"], ["gcp:asia-northeast1", 1.09, "Google"],
])) {
  test(`${key}: the job's emissions are those of the zone, and the best region is the provider's lowest`, async () => {
    const { page, errors } = await browser.page(`#region=${key}`);
    await finished(page);
    const [provider = "", id = ""] = key.split(":");
    const own = regions.filter(([name]) => name === provider);
    const level = (/** @type {string[]} */ [, , , zone = ""]) => levels[zone] ?? NaN;
    const home = own.find(([, name]) => name === id);
    assert.ok(home);
    const expected = JOB_KILOWATT_HOURS * pue * level(home);
    const best = Math.min(...own.map(level));
    const where = await page.innerText("[data-answer=where]");
    const [, to = "", from = ""] = /: ([\d.\s]+\s\w+) instead of ([\d.\s]+\s\w+),/.exec(where) ?? [];
    assert.ok(Math.abs(grams(from) / expected - 1) < 0.005, `${from}, not ${expected} g: ${where}`);
    assert.ok(Math.abs(grams(to) / (JOB_KILOWATT_HOURS * pue * best) - 1) < 0.005, where);
    assert.match(where, /2025/);
    // Every region of the provider stands once, the least first, and the reader's own is marked.
    const rows = await page.locator(".places li").allInnerTexts();
    assert.equal(rows.length, own.length);
    const ids = await page.locator(".places small").allInnerTexts();
    const sorted = [...own].sort((a, b) => level(a) - level(b)).map(([, name]) => name);
    assert.deepEqual(ids.map((text) => text.trim()), sorted);
    assert.match(await page.innerText(".places [aria-current=true]"), new RegExp(`${id}[\\s\\S]*your region`));
    assert.match(await page.innerText("[data-hint-for=pue]"), new RegExp(published));
    const energy = /The job takes 108\skWh, and (\d+)\skWh with the data centre’s overhead \(PUE ([\d.]+)\)/.exec(await page.innerText("#first .notes"));
    assert.deepEqual(energy?.slice(1).map(Number), [Math.round(JOB_KILOWATT_HOURS * pue), pue]);
    const when = await page.innerText("[data-answer=when]");
    const recorded = zones[home[3]]?.[2] ?? [];
    if (recorded.length) assert.match(when, /(usually .* less|waiting usually saves less than)[\s\S]*As in .*, (?<year>20\d\d): .* not a forecast\. At this hour of the \d+ days around this date, the job emitted [\d.]+\s\w+ in \k<year>, on half of them [\d.]+\s\w+ to [\d.]+\s\w+; by the mean of 2025 it emits [\d.]+\s\w+\. Take the saving in percent/);
    else assert.match(when, /When is unknown: the page has no hourly data/);
    assert.equal(await page.locator("[data-answer=pauses]").count(), 0, "pauses without being asked");
    assert.deepEqual(errors, []);
    await page.context().close();
  });
}

test("the region is guessed from the time zone, said to be a guess, and remembered once it is chosen", async () => {
  const { page } = await browser.page("", { timezoneId: "Europe/Dublin", viewport: { width: 390, height: 844 } });
  await finished(page);
  assert.match(await page.innerText("[data-hint-for=region]"), /A guess by your time zone/);
  assert.equal(new URL(page.url()).hash, "");
  await page.check("input[name=provider][value=azure]", { force: true });
  await page.waitForFunction(() => document.querySelector(".places [aria-current]")?.textContent?.includes("northeurope"));
  assert.equal(await page.inputValue("#region"), "azure:northeurope", "the region of the same grid");
  assert.doesNotMatch(await page.innerText("[data-hint-for=region]"), /guess/);
  await page.goto("about:blank");
  await page.goto(browser.url);
  await finished(page);
  assert.equal(await page.inputValue("#region"), "azure:northeurope");
  assert.doesNotMatch(await page.innerText("[data-hint-for=region]"), /guess/);
  await page.context().close();
});

test("in each region's own time zone, at most one touch leads to its answer", async () => {
  for (const [key, timezoneId] of /** @type {[string, string][]} */ ([
    ["azure:westeurope", "Europe/Amsterdam"], ["aws:us-east-1", "America/New_York"], ["aws:eu-west-1", "Europe/Dublin"], ["aws:ap-southeast-2", "Australia/Sydney"],
    ["gcp:us-central1", "America/Chicago"], ["gcp:asia-northeast1", "Asia/Tokyo"], ["own:US-MIDW-MISO", "America/Chicago"],
  ])) {
    const { page } = await browser.page("", { timezoneId, viewport: { width: 390, height: 844 } });
    await finished(page);
    const provider = key.split(":")[0] ?? "";
    if (provider !== "aws") await page.check(`input[name=provider][value=${provider}]`, { force: true });
    await page.waitForFunction((id) => document.querySelector(".places [aria-current]")?.textContent?.includes(id), key.split(":")[1] === "US-MIDW-MISO" ? "Midcontinent" : key.split(":")[1] ?? "");
    assert.equal(await page.inputValue("#region"), key);
    const { y = 0, height = 0 } = (await page.locator("#first .headline").boundingBox()) ?? {};
    assert.ok(y + height < 844, `${key}: the headline ends at ${y + height}, below the first screen`);
    await page.context().close();
  }
});

test("every time zone of the browser gets a region", async () => {
  const { page } = await browser.page();
  const zones = await page.evaluate(() => Intl.supportedValuesOf("timeZone"));
  await page.context().close();
  for (const timezoneId of ["Pacific/Kiritimati", "America/Argentina/Ushuaia", "Asia/Kathmandu", zones[0] ?? "UTC", "UTC"]) {
    const { page } = await browser.page("", { timezoneId });
    await finished(page);
    assert.match(await page.inputValue("#region"), /^aws:/, timezoneId);
    await page.context().close();
  }
});

test("pauses are answered only where the job can pause, with their cost", async () => {
  const { page } = await browser.page("#region=azure:westeurope");
  await finished(page);
  await page.check("#canPause");
  await page.waitForSelector("[data-answer=pauses]");
  assert.match(await page.innerText("[data-answer=pauses]"), /(usually|Do not pause)[\s\S]*cost of a pause is included/);
  assert.equal(await page.inputValue("#pauseTime"), "5min");
  await page.context().close();
});

test("the grams of a recorded year and those of the level each say their year, and the level is the same everywhere", async () => {
  const { page } = await browser.page("#region=azure:westeurope");
  await finished(page);
  const [, level = ""] = /instead of ([\d.]+\s\w+),/.exec(await page.innerText("[data-answer=where]")) ?? [];
  const when = await page.innerText("[data-answer=when]");
  assert.ok(when.includes(`in 2020, on half`) && when.includes(`by the mean of 2025 it emits ${level}.`), when);
  const [, recorded = "", beside = ""] = /Started then, the job emitted ([\d.]+\s\w+); by the grid’s mean of 2025 it emits ([\d.]+\s\w+)\./.exec(await page.innerText("#answer")) ?? [];
  assert.equal(beside, level);
  assert.equal(recorded, await page.innerText("#answer .choices tbody tr:first-child .amount"));
  assert.notEqual(recorded, level, "the example shows nothing where both years are alike");
  assert.doesNotMatch(await page.innerText("#answer"), /entsoe-nl-2020|Only one region of this signal/);
  await page.context().close();
});

test("of a job that cannot pause, nothing is said about pauses", async () => {
  const { page } = await browser.page("#region=azure:westeurope");
  await finished(page);
  const analyses = ["Best pauses", "pausing, this start", "Emissions by the energy of a pause"];
  await page.locator("#answer h2", { hasText: "Savings by extra time" }).waitFor();
  for (const text of analyses) assert.equal(await page.locator("#answer :is(h2, figcaption, li)", { hasText: text }).locator("visible=true").count(), 0, text);
  const said = /Pausing costs more|Pauses are free|cost of a pause|checkpoints/;
  assert.doesNotMatch(await page.innerText("#answer .choices"), said);
  assert.doesNotMatch((await page.textContent("#answer .limits")) ?? "", said);
  assert.doesNotMatch(await page.innerText("#answer"), /Pausing costs more than it saves/);
  await page.check("#canPause");
  await page.locator("#answer .limits", { hasText: "checkpoints" }).waitFor({ state: "attached" });
  await finished(page);
  for (const text of analyses) await page.locator("#answer :is(h2, figcaption, li)", { hasText: text }).locator("visible=true").first().waitFor();
  await page.context().close();
});

test("the line that stays has the headline's numbers", async () => {
  for (const hash of ["#work=paper", "#region=azure:westeurope", "#region=gcp:europe-west9", "#region=aws:eu-north-1"]) {
    const { page } = await browser.page(hash, { viewport: { width: 390, height: 844 } });
    await finished(page);
    const [line, headline] = [await page.innerText("#summary-bar"), await page.innerText("#first .headline")];
    const numbers = line.match(/[\d.]+\s(?:kg|g|t|%)/g) ?? [];
    assert.ok(numbers.length > 0, line);
    for (const number of numbers) assert.ok(headline.includes(number), `${line} | ${headline}`);
    await page.context().close();
  }
});

test("a recorded year is loaded only where a region asks for it", async () => {
  const { page, pageRequests } = await browser.page("#region=aws:us-east-1");
  await finished(page);
  assert.deepEqual(pageRequests.filter((address) => address.endsWith(".pack")), []);
  await page.check("input[name=provider][value=azure]", { force: true });
  await page.selectOption("#region", "azure:westeurope");
  await page.waitForFunction(() => document.querySelector("[data-answer=when]")?.textContent?.includes("Netherlands"));
  const packs = pageRequests.filter((address) => address.endsWith(".pack")).map((address) => address.replace(/.*\/|-[A-Z0-9]{8}\.pack/g, ""));
  assert.deepEqual([...new Set(packs)], ["entsoe-nl-2020"]);
  await page.context().close();
});

test("the place is answered while the recorded year is still on its way", async () => {
  const { page, context } = await browser.page("?empty", { serviceWorkers: "block" });
  /** @type {() => void} */
  let release = () => {};
  const held = new Promise((resolve) => { release = () => resolve(undefined); });
  await context.route(/\.pack$/, async (route) => {
    await held;
    await route.continue();
  });
  await page.goto(`${browser.url}#region=azure:westeurope`);
  await page.locator("[data-answer=where]", { hasText: "Run it in" }).waitFor();
  await page.locator(".one[aria-busy=true]", { hasText: "Comparing the days around this date" }).waitFor();
  assert.equal(await page.locator("[data-answer=when]").count(), 0);
  release();
  await page.locator("[data-answer=when]", { hasText: "As in Netherlands, 2020" }).waitFor();
  assert.equal(await page.locator(".one[aria-busy=true]").count(), 0);
  await context.close();
});

test("a region's data leave the list with it, and the reader's own stay", async () => {
  const { page } = await browser.page("#region=azure:westeurope");
  await finished(page);
  await addYear(page, "entsoe-fi-2020");
  await page.locator("#series li", { hasText: "entsoe-fi-2020" }).waitFor();
  await page.selectOption("#region", "azure:francecentral");
  await page.locator("#series li", { hasText: "entsoe-fr-2020" }).waitFor();
  assert.deepEqual(await page.locator("#series .name").allInnerTexts(), ["entsoe-fr-2020", "entsoe-fi-2020"]);
  await page.context().close();
});

test("data of the job's own time come before a recorded year, and the reader's choice before both", async () => {
  const { page, errors } = await browser.page("#region=azure:westeurope&when=at&start=2026-12-01T02:00&zone=UTC&duration=6h&window=12h");
  await finished(page);
  const rows = Array.from({ length: 48 }, (_, hour) => `${new Date(Date.UTC(2026, 11, 1, hour)).toISOString()},${hour === 9 ? 10 : 500}`);
  await page.setInputFiles("#files", { name: "mine\u202e.csv", mimeType: "text/csv", buffer: Buffer.from(["timestamp_utc,gco2_per_kwh", ...rows].join("\n")) });
  await page.locator("[data-answer=when]", { hasText: "By mine: marginal intensity" }).waitFor();
  assert.match(await page.innerText("[data-answer=when]"), /Start at 0[4-9]:\d\d on Tue 1 December: /);
  await page.locator("input[name=home][value=mine]:checked").waitFor();
  await page.check("input[name=home][value=entsoe-nl-2020]");
  await page.locator("[data-answer=when]", { hasText: "As in Netherlands, 2020" }).waitFor();
  await page.waitForFunction(() => location.hash.includes("home=entsoe-nl-2020"));
  assert.deepEqual(errors, []);
  await page.context().close();
});

test("a day near the end of the recorded year is answered, too", async () => {
  const { page, errors } = await browser.page("#region=azure:westeurope&when=at&start=2026-12-31T22:00&zone=UTC");
  await finished(page);
  assert.match(await page.innerText("[data-answer=when]"), /2\d days around this date/);
  assert.match(await page.innerText("#answer"), /One recorded day: 29 December 2020[\s\S]*no forecast of 31 December 2026/);
  assert.deepEqual(errors, []);
  await page.context().close();
});

test("a link of an older version restores its question and marks its regions", async () => {
  const { page } = await browser.page("#window=12h&cloud=AWS%3Aeu-west-3%2CCountry%3ANO");
  const { plan } = await latestAnswer(page);
  assert.equal(plan.window_seconds, 43_200);
  assert.equal(plan.home_region, "sgip-pge-2020");
  assert.equal(await page.isVisible("#link-notice"), false);
  await page.context().close();
});

test("an address without a question opens as a first visit does", async () => {
  const { page } = await browser.page("#section-2", { timezoneId: "Europe/Dublin" });
  await finished(page);
  assert.equal(await page.inputValue("#region"), "aws:eu-west-1");
  assert.match(await page.innerText("[data-hint-for=region]"), /A guess by your time zone/);
  assert.match(await page.innerText("#link-notice"), /left out: section-2/);
  await page.context().close();
});

test("a job of months gets its best start, and words where there is none", async () => {
  for (const [question, when] of /** @type {[string, RegExp][]} */ ([
    ["duration=60+days", /(usually|Start now)[\s\S]*29 days around this date/],
    ["duration=300+days", /(usually|Start now)[\s\S]*29 days around this date/],
    ["duration=366+days", /When is unknown for a job like this[\s\S]*No series under Carbon intensity covers its time/],
    ["duration=300+days&canPause=on", /When is unknown for a job like this[\s\S]*An exact plan with pauses over 301 days would take too long .*shorten the job or its window, or allow no pauses/],
  ])) {
    const { page, errors } = await browser.page(`#region=azure:westeurope&when=at&start=2026-11-30T09:00&zone=UTC&${question}`);
    await finished(page);
    assert.match(await page.innerText("[data-answer=when]"), when, question);
    assert.match(await page.innerText("[data-answer=where]"), /Run it in/, question);
    assert.equal(await page.isVisible("#first .problem"), false, question);
    assert.deepEqual(errors, [], question);
    await page.context().close();
  }
});

test("a new ranking writes into the rows that are there", async () => {
  const { page } = await browser.page("#region=aws:us-east-1");
  await finished(page);
  const rows = () => page.locator(".places li").evaluateAll((list) => list.map((row) => [row.querySelector("small")?.textContent ?? "", row.querySelector(".grams")?.textContent ?? "", row.getAttribute("value") ?? "", /** @type {HTMLElement} */ (row).dataset.seen ?? ""]));
  await page.evaluate(() => document.querySelectorAll(".places li").forEach((row) => { /** @type {HTMLElement} */ (row).dataset.seen = "yes"; }));
  const before = await rows();
  await page.fill("#count", "16");
  await page.waitForFunction((first) => document.querySelector(".places .grams")?.textContent !== first, before[0]?.[1]);
  const after = await rows();
  assert.deepEqual(after.map(([id, , value, seen]) => [id, value, seen]), before.map(([id, , value]) => [id, value, "yes"]));
  for (const [index, [, amount]] of after.entries()) assert.ok(Math.abs(Number(amount) - 2 * Number(before[index]?.[1])) <= 0.6, `${amount}, not twice ${before[index]?.[1]}`);
  await page.check("input[name=provider][value=gcp]", { force: true });
  await page.waitForFunction(() => document.querySelector(".places small")?.textContent?.includes("europe-"));
  assert.equal(await page.locator(".places [aria-current=true]").count(), 1);
  assert.equal(await page.locator(".places [data-seen]").count(), 0);
  await page.context().close();
});

test("unknown parts of a link are named", async () => {
  const { page } = await browser.page("#region=aws:us-east-9&constructor=1&__proto__=2&colour=red");
  await finished(page);
  const notice = await page.innerText("#link-notice");
  for (const part of ["region=aws:us-east-9", "constructor", "__proto__", "colour"]) assert.ok(notice.includes(part), notice);
  await page.context().close();
});

test("money and moving stand beside carbon where the reader gives prices", async () => {
  const { page, errors } = await browser.page("#region=aws:us-east-1&price=us-east-1+98.32%3B+eu-north-1+120&moveGigabytes=500&movePrice=0.02");
  await finished(page);
  const notes = await page.innerText("#first .notes");
  assert.match(notes, /Money: \$2,360 in us-east-1, \$2,890 in eu-north-1\. In both grams and money nothing beats .*us-east-1/);
  assert.match(notes, /Moving 500 GB to eu-north-1 emits .* more/);
  assert.match(await page.innerText(".places [aria-current=true]"), /\$2,360/);
  assert.deepEqual(errors, []);
  await page.context().close();
});

test("the ways to hourly data say what there is, what it asks for, and what is missing", async () => {
  for (const [region, expected] of /** @type {[string, RegExp[]][]} */ ([
    ["aws:us-east-1", [/no hourly data of this grid/, /PJM Data Miner 2.*a free key|asks for a free account/, /gpu-carbon pull pjm --key-file key --zone \S+ --start/]],
    ["gcp:asia-northeast1", [/A forecast of it needs a contract/, /free for one zone in private use/, /gpu-carbon pull electricity-maps --token-file token --zone JP-TK/]],
    ["azure:westeurope", [/a recorded year of this grid: entsoe-nl-2020/, /Energy-Charts.*asks for no account/]],
    ["own:NP", [/None of the services that gpu-carbon reads has it/]],
  ])) {
    const { page } = await browser.page(`#region=${region}`);
    await finished(page);
    await page.click("#first .notes summary");
    const text = await page.innerText("#first .notes details");
    for (const pattern of expected) assert.match(text, pattern, region);
    await page.context().close();
  }
});

test("all zones of the world are a short list until the reader asks for them, with the own one in it", async () => {
  const { page } = await browser.page("#region=own:NL");
  await finished(page);
  const rows = () => page.locator(".places li").count();
  assert.ok((await rows()) <= 7);
  assert.match(await page.innerText(".places [aria-current=true]"), /Netherlands[\s\S]*your region/);
  await page.getByRole("button", { name: /^Show all \d+/ }).click();
  assert.equal(await rows(), Object.keys(levels).length);
  await page.getByRole("button", { name: "Show the best only" }).click();
  assert.ok((await rows()) <= 7);
  await page.context().close();
});

test("a functional unit is counted in, with manufacture, by the yearly level too", async () => {
  const { page, errors } = await browser.page("#region=aws:us-east-1&unit=1%2C000+tokens&units=60000&embodied=on");
  await finished(page);
  const note = await page.locator("#first .notes p", { hasText: "Software Carbon Intensity in Northern Virginia" }).innerText();
  const [, perUnit = "", manufacture = ""] = /: ([\d.\s]+\s\w+) of CO₂e per 1,000 tokens, with ([\d.\s]+\s\w+) of manufacture/.exec(note) ?? [];
  const share = (164_000 * 8 * 24) / (4 * 365.25 * 24);
  assert.ok(Math.abs(grams(manufacture) / share - 1) < 0.01, `${manufacture}, not ${share} g`);
  const operational = JOB_KILOWATT_HOURS * 1.14 * (levels["US-MIDA-PJM"] ?? NaN);
  assert.ok(Math.abs(grams(perUnit) / ((operational + share) / 60_000) - 1) < 0.01, `${perUnit}: ${note}`);
  await page.click("#export summary:has-text('yearly level')");
  await page.locator("#export pre", { hasText: /Software Carbon Intensity \(ISO\/IEC 21031\): .*\sg of CO2e per 1,000 tokens, with M; boundary: the GPUs/ }).waitFor();
  assert.deepEqual(errors, []);
  await page.context().close();
});

test("several kinds of devices count together, an own wattage too", async () => {
  const { page } = await browser.page("#region=azure:westeurope&devices=epyc-9654%3A2~own%3A4%3A125&utilisation=100&pue=1");
  await finished(page);
  const watts = 8 * 700 + 2 * 360 + 4 * 125;
  const from = /instead of ([\d.\s]+\s\w+),/.exec(await page.innerText("[data-answer=where]"))?.[1] ?? "";
  const expected = (watts / 1000) * 24 * (levels.NL ?? NaN);
  assert.ok(Math.abs(grams(from) / expected - 1) < 0.005, `${from}, not ${expected}`);
  await page.click("#export summary:has-text('yearly level')");
  await page.locator("#export pre", { hasText: "The devices of the job will use" }).waitFor();
  await page.locator("#answer .limits", { hasText: "Only the devices that are named are counted" }).waitFor({ state: "attached" });
  await page.getByRole("button", { name: "Remove kind 3" }).click();
  await page.waitForFunction((before) => !document.querySelector("[data-answer=where]")?.textContent?.includes(before), from);
  await page.context().close();
});

test("a statement by the yearly level is there without a plan, and scripts are offered for no example", async () => {
  for (const region of ["aws:us-east-1", "azure:westeurope"]) {
    const { page } = await browser.page(`#region=${region}`);
    await finished(page);
    await page.click("#export summary:has-text('yearly level')");
    const text = await page.locator("#export pre", { hasText: "will emit" }).innerText();
    assert.match(text, /will use 107\.5 kWh|will use 108.kWh/);
    assert.match(text, /in 2025, .*Electricity Maps/);
    if (region === "azure:westeurope") {
      await page.click("#export summary:has-text('Start the job')");
      await page.locator("#export", { hasText: "recorded day, an example: there is nothing to start" }).waitFor();
    }
    await page.context().close();
  }
});
