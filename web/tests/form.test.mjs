/** Tests of the form: errors appear beside their fields, typed text stays, and so does the last answer. */

import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { answerAfter, latestAnswer, open, openAllDetails } from "./browser.mjs";
import { year } from "./sample_data.mjs";

/** @type {Awaited<ReturnType<typeof open>>} */
let browser;
before(async () => {
  browser = await open();
});
after(() => browser.close());

/** @param {string} name @param {string} text */
const file = (name, text) => ({ name, mimeType: "text/csv", buffer: Buffer.from(text) });

/** @type {[string, string, RegExp, string?][]} */
const WRONG = [
  ["window", "soon", /duration such as 24h, or percent.*“soon”/],
  ["window", "-1%", /0% to 100000%/],
  ["pue", "0.9", /from 1 \(no overhead\) to 10.*“0\.9”/],
  ["pue", "1,200", /is the comma a decimal one\? Write 1\.234 or 1234/],
  ["window", "9000d", /a year at most, got 9,000 days/],
  ["pauseEnergy", "-1", /kilowatt-hours, zero or more/],
  ["pauseTime", "5", /duration such as 36h/],
  ["leastRun", "half an hour", /expected a duration/],
  ["mostPauses", "1.5", /whole number of pauses/],
  ["duration", "0h", /duration above zero/, "energy"],
  ["energy", "", /kilowatt-hours, zero or more.*nothing/, "energy"],
  ["power", "1kW", /watts, zero or more/, "power"],
  ["count", "0", /whole number of GPUs/, "gpus"],
  ["utilisation", "101", /percent of the board power/, "gpus"],
  ["start", "2021-06-01T00:00", /covers 1 Jan 2020 00:00 to 1 Jan 2021 00:00/],
];

test("each wrong field shows its error, and keeps its text and the last answer", async () => {
  const { page, errors } = await browser.page();
  await latestAnswer(page);
  await openAllDetails(page);
  for (const [id, text, expected, work = "paper"] of WRONG) {
    const kind = page.locator(`input[name=work][value=${work}]`);
    if (!(await kind.isChecked())) await answerAfter(page, () => kind.check({ force: true }));
    const good = await page.inputValue(`#${id}`);
    const headline = await page.innerText("#first .headline");
    await page.fill(`#${id}`, text);
    await page.waitForFunction((id) => document.getElementById(`${id}-error`)?.textContent, id);
    assert.match(await page.innerText(`#${id}-error`), expected, `${id}: ${text}`);
    const control = page.locator(`#${id}`);
    assert.equal(await control.getAttribute("aria-invalid"), "true");
    assert.ok((await control.getAttribute("aria-describedby"))?.split(" ").includes(`${id}-error`));
    assert.equal(await control.inputValue(), text);
    assert.equal(await page.innerText("#first .headline"), headline);
    await answerAfter(page, () => page.fill(`#${id}`, good));
    assert.equal(await page.innerText(`#${id}-error`), "");
    assert.equal(await control.getAttribute("aria-invalid"), null);
  }
  assert.deepEqual(errors, []);
  await page.context().close();
});

test("an answer that arrives after an error of the form changes nothing", async () => {
  const { page, errors } = await browser.page();
  await latestAnswer(page);
  const headline = await page.innerText("#first .headline");
  await page.evaluate(() => {
    const window = /** @type {HTMLInputElement} */ (document.getElementById("window"));
    for (const text of ["5h", "5,500h"]) {
      window.value = text;
      window.dispatchEvent(new InputEvent("input", { bubbles: true }));
    }
  });
  await page.waitForFunction(() => /** @type {any} */ (globalThis).plans.at(-1).plan.window_seconds === 5 * 3600);
  await page.waitForTimeout(100);
  assert.match(await page.innerText("#first .problem"), /May end later by: expected a duration/);
  assert.equal(await page.innerText("#first .headline"), headline);
  assert.deepEqual(errors, []);
  await page.context().close();
});

test("an unreadable file shows its name, line and reason; the others are read", async () => {
  const { page } = await browser.page();
  await latestAnswer(page);
  const shown = () => page.innerText("#series-error");
  for (const [name, text, expected] of /** @type {[string, string, RegExp][]} */ ([
    ["broken.csv", "timestamp_utc,gco2_per_kwh\n2020-01-01T00:00:00Z,many\n", /broken\.csv: .*line 2.*many/],
    ["notes.txt", "hello", /notes\.txt: .*expected a CSV with the header timestamp_utc,gco2_per_kwh/],
    ["empty.csv", "", /empty\.csv/],
  ])) {
    await page.setInputFiles("#files", [file(name, text)]);
    await page.waitForFunction((name) => document.getElementById("series-error")?.textContent?.includes(name), name);
    assert.match(await shown(), expected);
  }
  await page.setInputFiles("#files", [file("bad.csv", "timestamp_utc,gco2_per_kwh\nnow,1\n"), file("good.csv", year(3))]);
  await page.waitForSelector("input[name=home][value=good]");
  assert.match(await shown(), /bad\.csv/);
  assert.equal(await page.locator("#series li").count(), 2);
  await page.context().close();
});

test("the start that a series offers is within its time, where it begins between two minutes", async () => {
  const { page } = await browser.page();
  await latestAnswer(page);
  await page.setInputFiles("#files", [file("late.csv", year(4, { from: "2023-03-01T00:00:30Z", days: 20 }))]);
  const row = page.locator("#series li", { hasText: "late" });
  const { plan, request } = await answerAfter(page, () => row.getByRole("button", { name: /^Start on .*: late$/ }).click());
  assert.equal(request.start, "2023-03-01T00:01:00Z");
  assert.equal(await page.evaluate(() => /** @type {HTMLInputElement} */ (document.activeElement).value), "late", "the focus is lost");
  assert.equal(plan.home_region, "late");
  await page.context().close();
});

test("a series that does not cover the time is left out with a note; a button moves the start into its time", async () => {
  const { page } = await browser.page();
  const first = await latestAnswer(page);
  await page.setInputFiles("#files", [file("later.csv", year(4, { from: "2023-03-01T00:00:00Z", days: 20 }))]);
  const row = page.locator("#series li", { hasText: "later" });
  await row.getByText("does not cover the earliest start").waitFor();
  const { plan } = await latestAnswer(page);
  assert.deepEqual(plan.regions, first.plan.regions);
  const { plan: there, request } = await answerAfter(page, () => row.getByRole("button", { name: /^Start on .*: later$/ }).click());
  assert.equal(request.start, "2023-03-01T00:00:00Z");
  assert.equal(there.home_region, "later");
  await page.context().close();
});

test("a name with markup is shown as text", async () => {
  const { page, errors } = await browser.page();
  await latestAnswer(page);
  const name = "<img src=x onerror=alert(1)>";
  await answerAfter(page, () => page.setInputFiles("#files", [file(`${name}.csv`, year(5))]));
  await page.locator("#series li", { hasText: name }).waitFor();
  assert.equal(await page.locator("img").count(), 0);
  assert.deepEqual(errors, []);
  await page.context().close();
});

test("files can be dropped anywhere, and a second file of one name gets a number", async () => {
  const { page } = await browser.page();
  await latestAnswer(page);
  const drop = (/** @type {string} */ text) => page.evaluate((text) => {
    const dataTransfer = new DataTransfer();
    dataTransfer.items.add(new File([text], "north.csv"));
    document.body.dispatchEvent(new DragEvent("drop", { dataTransfer, bubbles: true, cancelable: true }));
  }, text);
  await answerAfter(page, () => drop(year(1)));
  await answerAfter(page, () => drop(year(2)));
  assert.deepEqual(await page.locator("#series .name").allInnerTexts(), ["sgip-pge-2020", "north", "north (2)"]);
  await page.context().close();
});

test("the page can be used with the keyboard alone", async () => {
  const { page } = await browser.page();
  await latestAnswer(page);
  const reached = new Set();
  await page.keyboard.press("Tab");
  assert.equal(await page.evaluate(() => document.activeElement?.className), "skip");
  for (let step = 0; step < 60; step += 1) {
    await page.keyboard.press("Tab");
    const id = await page.evaluate(() => {
      const at = /** @type {HTMLInputElement} */ (document.activeElement);
      return at.id || at.name || at.tagName;
    });
    reached.add(id);
  }
  for (const id of ["provider", "region", "work", "paper", "pue", "when", "start", "zone", "window", "home", "files", "signal", "SUMMARY"]) assert.ok(reached.has(id), `${id} is not reached by Tab: ${[...reached]}`);
  await page.focus("input[name=work]:checked");
  await answerAfter(page, () => page.keyboard.press("ArrowRight"));
  assert.equal(await page.evaluate(() => document.querySelector("input[name=work]:checked")?.getAttribute("value")), "gpus");
  assert.ok(await page.isVisible("#gpu"));
  const { plan } = await answerAfter(page, async () => {
    await page.focus("#window");
    await page.keyboard.press("Control+A");
    await page.keyboard.type("6h");
  });
  assert.equal(plan.window_seconds, 21_600);
  await page.context().close();
});
