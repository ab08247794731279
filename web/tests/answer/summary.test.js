import assert from "node:assert/strict";
import { test } from "node:test";

import { bestChoice, choices } from "../../src/answer/choices.js";
import { standing } from "../../src/answer/year_distribution.js";
import { asSentence, verdict } from "../../src/answer/summary.js";
import { inWords } from "../../src/answer/schedule_text.js";
import { plan } from "./fixture.js";

const plain = (/** @type {string} */ text) => text.replaceAll(/[\u202f\u00a0]/g, " ");

/** @type {(asked: Parameters<typeof plan>[0], expected: string[], zone?: string) => void} */
function check(asked, expected, zone = "UTC") {
  const { headline, others } = verdict(plan(asked), zone);
  assert.deepEqual([headline, ...others].map(plain), expected);
}

test("the verdict says when to start first, then what else helps", () => {
  check({}, [
    "Start at 19:05 on 1 June and it emits 4.08 kg instead of 6.00 kg: 32 % less.",
    "With one pause from 03:00 on 1 June it emits 3.60 kg: 40 % less.",
    "At once but in away: 3.00 kg, 50 % less.",
    "All together, in away from 03:00 on 1 June with one pause: 1.50 kg, 75 % less.",
  ]);
});

test("it is told in the reader's zone", () => {
  const { headline } = verdict(plan({ alone: true }), "Asia/Tokyo");
  assert.match(headline, /^Start at 04:05 on 2 June /);
});

test("it does not send anybody to wait or to pause for nothing", () => {
  check({ alone: true, start: 6000, pauses: 6000 }, [
    "Start at once: waiting and pausing would not help. It emits 6.00 kg.",
  ]);
  check({ alone: true, start: 6000, pauses: 4500 }, [
    "With one pause from 03:00 on 1 June it emits 4.50 kg instead of 6.00 kg: 25 % less.",
  ]);
  check({ alone: true, start: 4500, pauses: 4500 }, [
    "Start at 19:05 on 1 June and it emits 4.50 kg instead of 6.00 kg: 25 % less.",
  ]);
  check({ now: 0, start: 0, pauses: 0 }, ["At once it emits nothing: there is nothing to save."]);
});

test("moving is offered only where there is somewhere to move to", () => {
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

test("a region of the other signal is not somewhere to move to", () => {
  const mixed = plan();
  for (const region of mixed.regions) if (region.name === "away") region.signal = "average";
  assert.deepEqual(
    choices(mixed).map(({ key }) => key),
    ["now", "start", "pauses"],
  );
});

test("of equals, the best is the one that asks least", () => {
  assert.equal(bestChoice(choices(plan({ alone: true, start: 6000, pauses: 6000 })))?.key, "now");
  assert.equal(bestChoice(choices(plan({ alone: true, start: 4000, pauses: 4000 })))?.key, "start");
});

test("a schedule in words names each run and its day", () => {
  const [now, , pauses] = choices(plan());
  assert.ok(now && pauses);
  assert.deepEqual(inWords(now, "UTC"), {
    summary: "Runs without a pause from 02:00 on Mon 1 June 2020 until 08:00.",
    runs: [],
  });
  assert.deepEqual(inWords(pauses, "UTC"), {
    summary: "Runs from 03:00 on Mon 1 June 2020 until 00:00 on Tue 2 June 2020, with one pause:",
    runs: ["from 03:00 on Mon 1 June 2020 until 05:00", "from 20:00 on Mon 1 June 2020 until 00:00 on Tue 2 June 2020"],
  });
});

test("a start is placed among all of the year's", () => {
  const spread = { p5: 0.05, p25: 0.1, p50: 0.2, p75: 0.3, p95: 0.5, mean: 0.2 };
  assert.equal(standing(0, { ...spread, p5: 0, p25: 0, p50: 0 }), "as the typical start");
  const found = [0.01, 0.07, 0.15, 0.25, 0.4, 0.6].map((ratio) => standing(ratio, spread));
  assert.equal(new Set(found).size, found.length);
  assert.match(found[5] ?? "", /very lucky/);
});

test("a warning is a sentence, in the reader's zone", () => {
  const found = asSentence("the two disagree: 2020-06-01T00:00:00Z, 2020-06-01T08:30:00Z", "Europe/Berlin");
  assert.equal(found, "The two disagree: Mon 1 Jun 02:00, Mon 1 Jun 10:30.");
});
