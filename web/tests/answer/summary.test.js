import assert from "node:assert/strict";
import { test } from "node:test";

import { bestChoice, choices } from "../../src/answer/choices.js";
import { standing } from "../../src/answer/year_distribution.js";
import { asSentence, summarize } from "../../src/answer/summary.js";
import { scheduleText } from "../../src/answer/schedule_text.js";
import { plan } from "./fixture.js";

const plain = (/** @type {string} */ text) => text.replaceAll(/[\u202f\u00a0]/g, " ");

/** @type {(change: Parameters<typeof plan>[0], expected: string[], zone?: string) => void} */
function check(change, expected, zone = "UTC") {
  const { headline, others } = summarize(plan(change), zone);
  assert.deepEqual([headline, ...others].map(plain), expected);
}

test("the summary gives the best start first, then the other choices", () => {
  check({}, [
    "Start at 19:05 on 1 June and the job emits 4.08 kg instead of 6.00 kg: 32 % less.",
    "With one pause from 03:00 on 1 June it emits 3.60 kg: 40 % less.",
    "Started now, but in away: 3.00 kg, 50 % less.",
    "All together, in away from 03:00 on 1 June with one pause: 1.50 kg, 75 % less.",
  ]);
});

test("the summary is in the given zone", () => {
  const { headline } = summarize(plan({ alone: true }), "Asia/Tokyo");
  assert.match(headline, /^Start at 04:05 on 2 June /);
});

test("the summary does not suggest waiting or pausing that saves nothing", () => {
  check({ alone: true, start: 6000, pauses: 6000 }, [
    "Start now: waiting and pausing would not help. The job emits 6.00 kg.",
  ]);
  check({ alone: true, start: 6000, pauses: 4500 }, [
    "With one pause from 03:00 on 1 June it emits 4.50 kg instead of 6.00 kg: 25 % less.",
  ]);
  check({ alone: true, start: 4500, pauses: 4500 }, [
    "Start at 19:05 on 1 June and the job emits 4.50 kg instead of 6.00 kg: 25 % less.",
  ]);
  check({ now: 0, start: 0, pauses: 0 }, ["Started now, the job emits nothing: there is nothing to save."]);
});

test("moving is offered only where there is another region", () => {
  assert.deepEqual(
    choices(plan({ alone: true })).map(({ key }) => key),
    ["now", "start", "pauses"],
  );
  const list = choices(plan());
  assert.deepEqual(
    list.map(({ key }) => key),
    ["now", "start", "pauses", "region", "all"],
  );
  assert.deepEqual(
    list.map(({ grams }) => grams),
    [6000, 4080, 3600, 3000, 1500],
  );
  assert.deepEqual(list.at(-1)?.runs.length, 2);
});

test("a region of the other signal is not offered for moving", () => {
  const mixed = plan();
  for (const region of mixed.regions) if (region.name === "away") region.signal = "average";
  assert.deepEqual(
    choices(mixed).map(({ key }) => key),
    ["now", "start", "pauses"],
  );
});

test("of equal choices, the best is the one with the least effort", () => {
  assert.equal(bestChoice(choices(plan({ alone: true, start: 6000, pauses: 6000 })))?.key, "now");
  assert.equal(bestChoice(choices(plan({ alone: true, start: 4000, pauses: 4000 })))?.key, "start");
});

test("a schedule as text has each run with its day", () => {
  const [now, , pauses] = choices(plan());
  assert.ok(now && pauses);
  assert.deepEqual(scheduleText(now, "UTC"), {
    summary: "Runs without a pause from 02:00 on Mon 1 June 2020 until 08:00.",
    runs: [],
  });
  assert.deepEqual(scheduleText(pauses, "UTC"), {
    summary: "Runs from 03:00 on Mon 1 June 2020 until 00:00 on Tue 2 June 2020, with one pause:",
    runs: ["from 03:00 on Mon 1 June 2020 until 05:00", "from 20:00 on Mon 1 June 2020 until 00:00 on Tue 2 June 2020"],
  });
});

test("a start is compared with all starts of the year", () => {
  const spread = { p5: 0.05, p25: 0.1, p50: 0.2, p75: 0.3, p95: 0.5, mean: 0.2 };
  assert.equal(standing(0, { ...spread, p5: 0, p25: 0, p50: 0 }), "as much as the typical start");
  const found = [0.01, 0.07, 0.15, 0.25, 0.4, 0.6].map((ratio) => standing(ratio, spread));
  assert.equal(new Set(found).size, found.length);
  assert.match(found[5] ?? "", /very lucky/);
});

test("a warning becomes a sentence in the given zone", () => {
  const found = asSentence("the two disagree: 2020-06-01T00:00:00Z, 2020-06-01T08:30:00Z", "Europe/Berlin");
  assert.equal(found, "The two disagree: Mon 1 Jun 02:00, Mon 1 Jun 10:30.");
});
