import assert from "node:assert/strict";
import { test } from "node:test";

import { calendar, clock } from "../../src/ui/format.js";
import { timeTicks } from "../../src/answer/time_ticks.js";
import { pathOf } from "../../src/answer/plot.js";

const same = (/** @type {number} */ value) => value;
const HOUR = 3_600_000;

test("a stepped line holds each value until the next, and breaks at a gap", () => {
  assert.equal(pathOf([0, 1, 2, 3, 4], [5, 6, null, 7, 7], same, same, true), "M0.0 5.0H1.0V6.0H2.0M3.0 7.0H4.0V7.0");
});

test("a plain line joins the known values", () => {
  assert.equal(pathOf([0, 1, 2, 3], [5, 6, null, 7], same, same, false), "M0.0 5.0L1.0 6.0M3.0 7.0");
  assert.equal(pathOf([], [], same, same, false), "");
});

test("ticks are at full hours of the zone's clock, in order, within the greatest number", () => {
  for (const zone of [
    "UTC",
    "Europe/Berlin",
    "Asia/Kolkata",
    "Asia/Kathmandu",
    "America/St_Johns",
    "Australia/Adelaide",
  ]) {
    for (const hours of [1, 3, 7, 30, 60, 200, 1000, 9000]) {
      // Over the night in which most of these clocks change.
      const from = Date.UTC(2020, 2, 28, 3, 17, 12);
      const ticks = timeTicks(from, from + hours * HOUR, 10, zone);
      assert.ok(ticks.length >= 1 && ticks.length <= 12, `${zone}, ${hours} h: ${ticks.length}`);
      for (const [index, { at, text }] of ticks.entries()) {
        assert.ok(at >= from && at <= from + hours * HOUR && at > (ticks[index - 1]?.at ?? 0));
        const { minute, second } = calendar(at, zone);
        assert.ok(second === 0 && minute % 15 === 0 && (hours < 7 || minute === 0), `${zone}, ${hours} h: ${text}`);
        if (text.length === 1 && !text[0]?.includes(":")) assert.equal(clock(at, zone), "00:00", `${zone}, ${hours} h`);
      }
    }
  }
});

test("the first tick and each midnight show their day", () => {
  const from = Date.parse("2020-06-01T19:00:00Z");
  const text = timeTicks(from, from + 12 * HOUR, 6, "UTC").map((tick) => tick.text);
  assert.deepEqual(text, [["20:00", "1 Jun"], ["22:00"], ["00:00", "2 Jun"], ["02:00"], ["04:00"], ["06:00"]]);
});
