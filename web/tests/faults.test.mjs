/** Tests of faults that readers met: each names what went wrong. */

import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { gzipSync } from "node:zlib";

import { addYear, answerAfter, EXAMPLE, latestAnswer, onlyChromium, open, openAllDetails } from "./browser.mjs";
import { root } from "./built.mjs";
import { year } from "./sample_data.mjs";

/** @type {Awaited<ReturnType<typeof open>>} */
let browser;
before(async () => {
  browser = await open();
});
after(() => browser.close());

const file = (/** @type {string} */ name, /** @type {string} */ text) => ({ name, mimeType: "text/csv", buffer: Buffer.from(text) });

test("where an error is said, its reason stands, and a button leads to the field", async () => {
  const { page } = await browser.page();
  await latestAnswer(page);
  await page.fill("#leastRun", "x", { force: true, timeout: 1000 }).catch(() => {}); // folded away
  await openAllDetails(page);
  await page.fill("#leastRun", "half an hour");
  await page.evaluate(() => { for (const fold of document.querySelectorAll("details")) fold.open = false; });
  const problem = page.locator("#first .problem");
  await problem.waitFor();
  assert.match(await problem.innerText(), /Shortest run: expected a duration such as 36h.*“half an hour”/);
  await problem.getByRole("button", { name: "Go to the field" }).click();
  assert.equal(await page.evaluate(() => document.activeElement?.id), "leastRun");
  assert.ok(await page.isVisible("#leastRun"));
  await page.context().close();
});

test("adding a series is announced", async () => {
  const { page } = await browser.page();
  await latestAnswer(page);
  assert.equal(await page.getAttribute("#series-status", "role"), "status");
  await addYear(page, "entsoe-nl-2020");
  await page.locator("#series-status", { hasText: "entsoe-nl-2020: added" }).waitFor({ state: "attached" });
  await page.context().close();
});

test("a name of 40 letters makes a screen of 320 pixels no wider", async () => {
  const { page } = await browser.page(EXAMPLE, { viewport: { width: 320, height: 700 } });
  await latestAnswer(page);
  await answerAfter(page, () => page.setInputFiles("#files", file(`${"Donaudampfschifffahrtsgesellschaft".padEnd(40, "x")}.csv`, year(1))));
  await openAllDetails(page);
  await page.waitForFunction(() => "idle" in document.body.dataset);
  const wide = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
  assert.ok(wide <= 0, `${wide} pixels wider`);
  await page.context().close();
});

test("each button's accessible name begins with its visible text", async () => {
  const { page } = await browser.page();
  await latestAnswer(page);
  await answerAfter(page, () => page.setInputFiles("#files", file("north.csv", year(1))));
  await page.setInputFiles("#files", file("later.csv", year(4, { from: "2023-03-01T00:00:00Z", days: 20 })));
  await page.locator("#series li", { hasText: "later" }).waitFor();
  await openAllDetails(page);
  await page.waitForTimeout(200);
  const wrong = await page.evaluate(() => [...document.querySelectorAll("button[aria-label], a[aria-label]")]
    .map((button) => [button.textContent ?? "", button.getAttribute("aria-label") ?? ""])
    .filter(([text = "", label = ""]) => !label.startsWith(text)));
  assert.deepEqual(wrong, []);
  await page.context().close();
});

test("an hour that happens twice says which one is meant, and labels over a change of the clocks name both offsets", async () => {
  const { page } = await browser.page("#zone=Europe%2FBerlin&start=2020-10-25T02:30&window=6h");
  const { request } = await latestAnswer(page);
  assert.equal(request.start, "2020-10-25T00:30:00Z");
  assert.match(await page.innerText("[data-hint-for=start]"), /twice: the first is meant \(UTC\+2\), not the second \(UTC\+1\)/);
  assert.match(await page.innerText("#answer .choices caption"), /Europe\/Berlin \(UTC\+2, later UTC\+1\)/);
  const { page: plain } = await browser.page("#zone=Europe%2FBerlin&start=2020-06-25T02:30");
  await latestAnswer(plain);
  assert.equal(await plain.textContent("[data-hint-for=start]"), "");
  assert.match(await plain.innerText("#answer .choices caption"), /Europe\/Berlin \(UTC\+2\)/);
  await page.context().close();
  await plain.context().close();
});

test("errors and notes have their times in the chosen zone", async () => {
  const { page } = await browser.page("#zone=America%2FNew_York&start=2021-06-01T00:00");
  await page.locator("#start-error:not(:empty)").waitFor();
  assert.match(await page.innerText("#start-error"), /covers 31 Dec 2019 19:00 to 31 Dec 2020 19:00/);
  assert.doesNotMatch(await page.innerText("body"), /\d{4}-\d\d-\d\dT\d\d/);
  await page.context().close();
});

test("without JavaScript, and opened as a file, the page says what it needs", { skip: onlyChromium("Playwright turns scripts off in Chromium alone") }, async () => {
  const { page } = await browser.page("", { javaScriptEnabled: false });
  assert.match(await page.innerText("#start-notice"), /needs JavaScript, and an address that begins with http/);
  await page.waitForTimeout(4500); // it is seen where nothing has removed it in time
  assert.ok(((await page.locator("#start-notice").boundingBox())?.height ?? 0) > 30);
  await page.context().close();
  const { page: opened } = await browser.page();
  await opened.goto(`file://${join(root, "web/dist/index.html")}`);
  assert.match(await opened.innerText("#start-notice"), /opened as a file it cannot start/);
  await opened.context().close();
  const { page: served } = await browser.page();
  await latestAnswer(served);
  assert.equal(await served.locator("#start-notice").count(), 0);
  await served.context().close();
});

test("a part that is gone after a new version, in a window that stores nothing, asks for a reload", async () => {
  const other = await open({ respond: (path) => (/\/(equation|readers)-.*\.js$/.test(path) ? { status: 404, body: "" } : undefined) });
  const { page } = await other.page(EXAMPLE, { serviceWorkers: "block" });
  await latestAnswer(page);
  await page.click("#answer summary:has-text('The equation')");
  await page.locator("#answer details", { hasText: "has a newer version. Reload it" }).waitFor();
  await page.setInputFiles("#files", file("north.csv", year(1)));
  await page.locator("#series-error", { hasText: "has a newer version. Reload it" }).waitFor();
  await other.close();
});

test("names of an object's own methods are data like any other", async () => {
  const { page, errors } = await browser.page("#data=pack~marginal~~constructor&data=pack~marginal~~sgip-pge-2020&work=toString&gpu=__proto__&paper=valueOf");
  await page.locator("#series-error", { hasText: "no bundled series has the name constructor" }).waitFor();
  await page.locator("#first .problem", { hasText: "the paper has no job “valueOf”" }).waitFor();
  await page.selectOption("#paper", "bert_lm");
  await latestAnswer(page);
  await answerAfter(page, () => page.setInputFiles("#files", ["constructor", "hasOwnProperty", "__proto__"].map((name) => file(`${name}.csv`, year(1)))));
  await page.waitForFunction(() => /** @type {any} */ (window).plans.at(-1).plan.regions.length === 4);
  assert.deepEqual(errors, []);
  await page.context().close();
});

test("forced colours keep the bars and the heat map", async () => {
  const { page } = await browser.page(EXAMPLE, { forcedColors: "active" });
  await page.waitForSelector("#answer .heat", { state: "attached" });
  const colours = await page.evaluate(() => {
    const of = (/** @type {string} */ selector) => [...document.querySelectorAll(selector)].map((element) => getComputedStyle(element).backgroundColor);
    return { heat: new Set(of("#answer .heat tbody td")).size, bars: of("#answer .bar .fill"), page: getComputedStyle(document.body).backgroundColor };
  });
  assert.ok(colours.heat > 4, `${colours.heat} colours in the heat map`);
  for (const colour of colours.bars) assert.notEqual(colour, colours.page);
  const { page: ranked } = await browser.page("#region=aws:us-east-1", { forcedColors: "active" });
  await ranked.waitForSelector(".places .fill");
  const [bar, ground] = await ranked.evaluate(() => [getComputedStyle(/** @type {Element} */ (document.querySelector(".places .fill"))).backgroundColor, getComputedStyle(document.body).backgroundColor]);
  assert.notEqual(bar, ground);
  await page.context().close();
  await ranked.context().close();
});

test("fields have text of 16 pixels on a phone, so that the browser does not zoom", async () => {
  const { page } = await browser.page("", { viewport: { width: 390, height: 844 } });
  await page.waitForFunction(() => "idle" in document.body.dataset);
  await openAllDetails(page);
  const small = await page.evaluate(() => [...document.querySelectorAll("input:not([type=radio], [type=checkbox], [type=file]), select")]
    .filter((field) => Number.parseFloat(getComputedStyle(field).fontSize) < 16).map(({ id }) => id));
  assert.deepEqual(small, []);
  await page.context().close();
});

test("a page that reads from right to left keeps its axes", async () => {
  const { page } = await browser.page();
  await page.waitForSelector("#answer .heat", { state: "attached" });
  const lefts = () => page.evaluate(() => [...document.querySelectorAll("#answer .intensity .plot text")].map((label) => Math.round(label.getBoundingClientRect().left - (label.closest("svg")?.getBoundingClientRect().left ?? 0))));
  const before = await lefts();
  await page.evaluate(() => { document.documentElement.dir = "rtl"; });
  await page.waitForTimeout(200);
  assert.deepEqual(await lefts(), before);
  await page.context().close();
});

test("a job of weeks is answered in days, and one of months or years is asked for days", async () => {
  const { page } = await browser.page("#region=azure:westeurope&duration=3%20weeks");
  await page.locator("#first .warning", { hasText: "knows the intensity 22 days ahead, and forecasts reach 3 days at most" }).waitFor();
  for (const [text, reason] of [["2 months", "months and years differ in length: give days or weeks, such as 60 days, not “2 months”"], ["400 days", "expected a year at most, got 400 days"]]) {
    await page.fill("#duration", /** @type {string} */ (text));
    await page.locator("#duration-error", { hasText: reason }).waitFor();
  }
  await page.context().close();
});

test("the chosen segment is legible in print, with backgrounds and without", { skip: onlyChromium("Playwright prints in Chromium alone") }, async () => {
  const { page } = await browser.page(EXAMPLE, { colorScheme: "dark" });
  await latestAnswer(page);
  await page.emulateMedia({ media: "print" });
  const [ground, colour, adjust] = await page.evaluate(() => {
    const style = getComputedStyle(/** @type {Element} */ (document.querySelector(".segments input:checked + span")));
    return [style.backgroundColor, style.color, getComputedStyle(/** @type {Element} */ (document.querySelector(".answer"))).getPropertyValue("print-color-adjust")];
  });
  assert.match(ground ?? "", /rgba\(\d+, \d+, \d+, 0\)|transparent/);
  const [red = 255, green = 255, blue = 255] = (colour?.match(/\d+/g) ?? []).map(Number);
  assert.ok(red + green + blue < 200, `${colour}: light text on white paper`);
  assert.equal(adjust, "exact");
  await page.context().close();
});

test("the style has what older browsers of the supported range need", () => {
  const sheets = readdirSync(join(root, "web/dist")).filter((name) => name.endsWith(".css"));
  const style = sheets.map((name) => readFileSync(join(root, "web/dist", name), "utf8")).join("");
  assert.ok(style.includes("-webkit-print-color-adjust:exact"), "Chrome before 136 prints no backgrounds");
  assert.match(style, /content:" \\2193";content:" \\2193" ?\/ ?""/, "Firefox before 128 reads no text for speech, and shows no arrow");
});

test("no observer of sizes reports an error at a load, a change or a narrower window", async () => {
  const { page, errors } = await browser.page("#region=azure:westeurope");
  await page.evaluate(() => {
    const scope = /** @type {any} */ (window);
    scope.observed = [];
    addEventListener("error", ({ message }) => scope.observed.push(message));
  });
  await page.waitForFunction(() => "idle" in document.body.dataset);
  await openAllDetails(page);
  for (const width of [820, 390, 1280]) {
    await page.setViewportSize({ width, height: 900 });
    await page.waitForTimeout(100);
  }
  assert.deepEqual(await page.evaluate(() => /** @type {any} */ (window).observed), []);
  assert.deepEqual(errors, []);
  await page.context().close();
});

test("37,5 and 1,5h and 36 are understood, and 1,000 is questioned", async () => {
  const { page } = await browser.page("#work=energy&window=6h");
  await latestAnswer(page);
  const job = async (/** @type {string} */ id, /** @type {string} */ text) => (await answerAfter(page, () => page.fill(`#${id}`, text))).plan;
  assert.equal((await job("energy", "37,5")).job.energy_kilowatt_hours, 37.5);
  assert.equal((await job("duration", "1,5h")).job.duration_seconds, 5400);
  assert.equal((await job("duration", "36")).job.duration_seconds, 36 * 3600);
  assert.equal((await job("window", "6")).window_seconds, 6 * 3600);
  await page.fill("#energy", "1,000");
  await page.locator("#energy-error", { hasText: "is the comma a decimal one? Write 1.234 or 1234" }).waitFor();
  await page.context().close();
});

test("a unit behind a number is understood, and what is wrong with a price, a count, a time zone or a device is said", async () => {
  const { page, errors } = await browser.page("#region=aws:us-east-1&work=gpus&devices=epyc-9654:x");
  const problem = page.locator("#first .problem");
  await problem.filter({ hasText: "Further devices: kind 2: expected a whole number of devices, 1 to 1,000,000, got “x”" }).waitFor();
  await problem.getByRole("button", { name: "Go to the field" }).click();
  assert.equal(await page.evaluate(() => document.activeElement?.getAttribute("aria-label")), "Kind 2");
  await page.getByRole("button", { name: "Remove kind 2" }).click();
  await openAllDetails(page);
  for (const [id, text] of [["utilisation", "80 %"], ["price", "98.32 USD"], ["moveGigabytes", "500 GB"], ["price", "aws:us-east-1 3; EU-NORTH-1 2"]]) {
    await page.fill(`#${id}`, /** @type {string} */ (text));
    await page.waitForTimeout(100);
    assert.equal(await page.textContent(`#${id}-error`), "", `${id} ${text}`);
  }
  for (const [id, text, reason] of [
    ["price", "abc", "got “abc”"], ["price", "-3", "got “-3”"], ["price", "nowhere 3", "no region has the name “nowhere”"],
    ["count", "999999999", "1 to 1,000,000, got “999999999”"],
  ]) {
    await page.fill(`#${id}`, /** @type {string} */ (text));
    await page.locator(`#${id}-error`, { hasText: reason }).waitFor();
    await page.fill(`#${id}`, id === "count" ? "8" : "");
  }
  await page.context().close();
  const { page: there, errors: others } = await browser.page("#region=aws:us-east-1&zone=Mars%2FOlympus&when=at&start=2026-11-30T09:00");
  await there.locator("#first .problem", { hasText: "Time zone: this browser knows no time zone “Mars/Olympus”" }).waitFor();
  await there.selectOption("#zone", "UTC");
  await there.waitForFunction(() => "idle" in document.body.dataset);
  assert.deepEqual([...errors, ...others], []);
  await there.context().close();
});

/** Waits until the browser has stored a file. @param {import("playwright-core").Page} page */
async function stored(page) {
  const count = () => page.evaluate(() => new Promise((resolve) => {
    const opened = indexedDB.open("gpu-carbon", 1);
    opened.onsuccess = () => {
      const counted = opened.result.transaction("files").objectStore("files").count();
      counted.onsuccess = () => { opened.result.close(); resolve(counted.result); };
    };
  }));
  while (!(await count())) await page.waitForTimeout(50);
}

test("a reload keeps added files until the page starts over, which can be undone", async () => {
  const { page } = await browser.page();
  await latestAnswer(page);
  const { plan } = await answerAfter(page, () => page.setInputFiles("#files", file("north.csv", year(1))));
  await page.waitForFunction(() => location.hash.includes("north"));
  await stored(page);
  await page.reload();
  await page.waitForFunction(() => /** @type {any} */ (window).plans.at(-1)?.plan.regions.length === 2);
  assert.deepEqual((await latestAnswer(page)).plan, plan);
  const address = page.url();
  await page.getByRole("button", { name: "Start over" }).click();
  await page.waitForFunction(() => !document.querySelector("#series")?.textContent?.includes("north"));
  await page.goto("about:blank");
  await page.goto(address);
  await page.locator("#series li", { hasText: "made with this file" }).waitFor();

  await page.setInputFiles("#files", file("north.csv", year(1)));
  await page.waitForFunction(() => /** @type {any} */ (window).plans.at(-1)?.plan.regions.length === 2);
  await stored(page);
  await page.getByRole("button", { name: "Start over" }).click();
  await page.getByRole("button", { name: "Undo" }).click();
  await page.waitForFunction(() => document.querySelector("#series")?.textContent?.includes("north"));
  await page.waitForFunction(() => location.hash.includes("north"));
  await stored(page);
  await page.reload();
  await page.waitForFunction(() => /** @type {any} */ (window).plans.at(-1)?.plan.regions.length === 2);
  await page.context().close();
});

test("a second press of Start over still undoes the first", async () => {
  const { page } = await browser.page("#region=azure:westeurope&count=16");
  await page.waitForFunction(() => "idle" in document.body.dataset);
  for (let press = 0; press < 2; press += 1) {
    await page.getByRole("button", { name: "Start over" }).click();
    await page.waitForFunction(() => /** @type {HTMLInputElement} */ (document.getElementById("count")).value === "8");
    await page.waitForTimeout(400);
  }
  await page.getByRole("button", { name: "Undo" }).click();
  await page.waitForFunction(() => /** @type {HTMLInputElement} */ (document.getElementById("count")).value === "16");
  assert.equal(await page.inputValue("#region"), "azure:westeurope");
  await page.context().close();
});

test("a newer version that is ready is noticed", async () => {
  let built = false;
  const worker = readFileSync(join(root, "web/dist/sw.js"), "utf8");
  const other = await open({ respond: (path) => (built && path === "/sw.js" ? { type: "text/javascript", body: worker.replace(/gpu-carbon-\w+/, "gpu-carbon-newer") } : undefined) });
  const { page } = await other.page(EXAMPLE, { serviceWorkers: "allow" });
  await page.waitForFunction(() => "idle" in document.body.dataset);
  await page.evaluate(() => navigator.serviceWorker.ready);
  await page.waitForFunction(() => Boolean(navigator.serviceWorker.controller));
  await page.reload();
  await page.waitForFunction(() => "idle" in document.body.dataset);
  assert.equal(await page.isVisible("#update-notice"), false);
  built = true;
  await page.evaluate(async () => (await navigator.serviceWorker.ready).update());
  await page.locator("#update-notice", { hasText: "A newer version of this page is ready" }).waitFor();
  await other.close();
});

test("reading a large file shows how far it is", { skip: onlyChromium("Firefox reads a file of this size in one piece") }, async () => {
  const { page } = await browser.page();
  await latestAnswer(page);
  await page.evaluate(() => {
    const bar = /** @type {HTMLProgressElement} */ (document.getElementById("series-progress"));
    const scope = /** @type {any} */ (window);
    scope.shown = [];
    new MutationObserver(() => !bar.hidden && scope.shown.push(bar.value)).observe(bar, { attributes: true });
  });
  await answerAfter(page, () => page.setInputFiles("#files", file("large.csv", year(1))));
  const shown = await page.evaluate(() => /** @type {any} */ (window).shown);
  assert.ok(shown.length > 0 && shown.some((/** @type {number} */ value) => value > 0 && value < 1), `${shown}`);
  assert.ok(shown.every((/** @type {number} */ value, /** @type {number} */ index) => index === 0 || value >= shown[index - 1]), `${shown}`);
  assert.equal(await page.isVisible("#series-progress"), false);
  await page.context().close();
});

test("a recorded year that cannot be fetched says why in the page's own words", async () => {
  const { page } = await browser.page(EXAMPLE, { serviceWorkers: "block" });
  await latestAnswer(page);
  await page.context().setOffline(true);
  await addYear(page, "sgip-sce-2020");
  await page.locator("#series-error", { hasText: "sgip-sce-2020: this part of the page could not be loaded: it needs the network once" }).waitFor();
  await page.context().close();
});

test("a pointer that rests on a chart does not move the value that the keyboard has reached", async () => {
  const { page } = await browser.page();
  await latestAnswer(page);
  const chart = page.locator("#answer .intensity [role=slider]");
  await chart.focus();
  await page.keyboard.press("PageUp");
  const reached = await chart.getAttribute("aria-valuenow");
  await chart.hover({ position: { x: 300, y: 80 } });
  assert.equal(await chart.getAttribute("aria-valuenow"), reached);
  await page.keyboard.press("ArrowRight");
  assert.equal(await chart.getAttribute("aria-valuenow"), String(Number(reached) + 1));
  await page.context().close();
});

test("a file that says its signal is read as that, and cannot be changed to the other", async () => {
  const { page } = await browser.page();
  await latestAnswer(page);
  await answerAfter(page, () => page.setInputFiles("#files", file("stated.csv", `# signal: average\n${year(1)}`)));
  await answerAfter(page, () => page.setInputFiles("#files", file("plain.csv", year(2))));
  const rows = await page.locator("#series li").allInnerTexts();
  const [stated, plain] = ["stated", "plain"].map((name) => rows.find((row) => row.includes(name)) ?? "");
  assert.match(stated ?? "", /average/);
  assert.doesNotMatch(stated ?? "", /Change to/);
  assert.match(plain ?? "", /marginal[\s\S]*Change to average/);
  await page.context().close();
});

test("of a file with several zones, that of the reader's region is read", async () => {
  const balance = ["Balancing Authority,UTC Time at End of Hour,Net Generation (MW) from Coal,Net Generation (MW) from Wind"];
  for (const [zone, coal, wind] of [["MISO", 0, 100], ["PJM", 100, 0]]) {
    for (let hour = 1; hour <= 72; hour += 1) {
      const time = new Date(Date.UTC(2020, 0, 1, hour)).toISOString();
      balance.push(`${zone},${time.slice(5, 7)}/${time.slice(8, 10)}/2020 ${((hour + 11) % 12) + 1}:00:00 ${hour % 24 < 12 ? "AM" : "PM"},${coal},${wind}`);
    }
  }
  const { page } = await browser.page("#region=aws:us-east-1&when=at&start=2020-01-01T06:00&zone=UTC&duration=6h&window=6h");
  await page.waitForFunction(() => "idle" in document.body.dataset);
  await page.setInputFiles("#files", file("EIA930_BALANCE.csv", balance.join("\n")));
  await page.locator("#series li", { hasText: "the rows of PJM" }).waitFor();
  const { plan } = await latestAnswer(page);
  const [home] = plan.regions;
  assert.ok(Math.abs(home.baseline.emissions_grams / (plan.job.energy_kilowatt_hours * plan.power_usage_effectiveness * 820) - 1) < 0.01, `${home.baseline.emissions_grams}`);
  await page.selectOption("#region", "aws:eu-west-1");
  await page.setInputFiles("#files", file("EIA930_BALANCE.csv", balance.join("\n")));
  await page.locator("#series-error", { hasText: "has the series of 2 zones, and none of your region's: choose a region in one of MISO, PJM" }).waitFor();
  await page.context().close();
});

test("a gzip file is read, and a damaged one is named", async () => {
  const { page } = await browser.page();
  await latestAnswer(page);
  const packed = gzipSync(Buffer.from(year(1)));
  const { plan } = await answerAfter(page, () => page.setInputFiles("#files", { name: "north.csv.gz", mimeType: "application/gzip", buffer: packed }));
  assert.deepEqual(plan.regions.map((/** @type {any} */ { name }) => name), ["sgip-pge-2020", "north"]);
  await page.setInputFiles("#files", { name: "cut.csv.gz", mimeType: "application/gzip", buffer: packed.subarray(0, 500) });
  await page.locator("#series-error", { hasText: "cut.csv.gz: the file ends in .gz, but is no gzip file or is cut off" }).waitFor();
  await page.context().close();
});
