import assert from "node:assert/strict";
import { test } from "node:test";

import * as format from "../../src/ui/format.js";

/** Replaces no-break spaces by plain ones. */
const plain = (/** @type {string} */ text) => text.replaceAll(/[\u202f\u00a0]/g, " ");

/** @type {<Value>(write: (value: Value) => string, cases: [Value, string][]) => void} */
function check(write, cases) {
  for (const [value, expected] of cases) assert.equal(plain(write(value)), expected, String(value));
}

test("masses have few digits and a suitable unit", () => {
  check(format.mass, [
    [0, "0 g"],
    [26.6667, "26.7 g"],
    [999.4, "999 g"],
    [9310, "9.31 kg"],
    [1.5e7, "15.0 t"],
    [7.8e10, "78 000 t"],
    [0.001, "1.0e\u22123 g"],
  ]);
});

test("masses of one scale share a unit", () => {
  const { unit, write } = format.massScale(12_345);
  assert.equal(unit, "kg");
  check(write, [
    [12_345, "12.3"],
    [99, "0.1"],
  ]);
  assert.equal(format.massScale(450).unit, "g");
  assert.equal(format.massScale(0).write(0), "0.00");
});

test("ratios are in percent, and tiny ones are not shown as zero", () => {
  check(format.percent, [
    [0, "0 %"],
    [0.3212, "32 %"],
    [0.0461, "4.6 %"],
    [0.0001, "< 0.1 %"],
    [-0.0001, "> \u22120.1 %"],
    [-0.052, "\u22125.2 %"],
    [1, "100 %"],
  ]);
  check(format.less, [
    [0.32, "32 % less"],
    [-0.05, "5.0 % more"],
    [0, "no less"],
    [null, "nothing to save"],
  ]);
});

test("energies, intensities and durations have their unit", () => {
  check(format.energy, [
    [0, "0 kWh"],
    [0.02, "20.0 Wh"],
    [37.3, "37.3 kWh"],
    [13_812.4, "13.8 MWh"],
  ]);
  check(format.intensity, [[245.14, "245 g/kWh"]]);
  check(format.span, [
    [0, "0 s"],
    [129_600, "36 h"],
    [5401.5, "1 h 30 min 1 s 500 ms"],
    [300, "5 min"],
    [259_199, "71 h 59 min 59 s"],
    [259_200, "3 days"],
    [22 * 86_400 + 14_400, "22 days 4 h"],
  ]);
});

test("counts are whole numbers", () => {
  const pauses = (/** @type {number} */ number) => format.count(number, "pause");
  check(pauses, [
    [0, "no pause"],
    [1, "one pause"],
    [7, "7 pauses"],
    [1234, "1,234 pauses"],
  ]);
});

test("times are shown in the given zone", () => {
  const time = "2020-06-01T17:05:00Z";
  assert.equal(format.clock(time, "UTC"), "17:05");
  assert.equal(format.clock(time, "Europe/Berlin"), "19:05");
  assert.equal(format.clock("2020-06-01T00:00:00Z", "UTC"), "00:00");
  assert.equal(format.day(time, "Asia/Tokyo", { year: true }), "2 June 2020");
  assert.equal(format.when(time, "America/Los_Angeles"), "Mon 1 Jun 10:05");
  assert.deepEqual(format.calendar(time, "Asia/Kolkata"), {
    year: 2020,
    month: 6,
    day: 1,
    hour: 22,
    minute: 35,
    second: 0,
  });
});

test("a zone's name has its offset at that time, in summer and winter", () => {
  assert.equal(format.zoneName("2020-06-01T00:00:00Z", "Europe/Berlin"), "Europe/Berlin (UTC+2)");
  assert.equal(format.zoneName("2020-12-01T00:00:00Z", "Europe/Berlin"), "Europe/Berlin (UTC+1)");
  assert.equal(format.zoneName("2020-12-01T00:00:00Z", "America/New_York"), "America/New York (UTC-5)");
  assert.equal(format.zoneName("2020-12-01T00:00:00Z", "UTC"), "UTC");
});

test("a period within a day has its day once", () => {
  assert.equal(format.period("2020-06-01T02:00:00Z", "2020-06-01T08:00:00Z", "UTC"), "Mon 1 Jun 02:00\u201308:00");
  const overnight = format.period("2020-06-01T19:05:00Z", "2020-06-02T01:05:00Z", "UTC");
  assert.equal(overnight, "Mon 1 Jun 19:05 \u2013 Tue 2 Jun 01:05");
  // The same two times lie on one day of another zone.
  assert.equal(
    format.period("2020-06-01T19:05:00Z", "2020-06-02T01:05:00Z", "Asia/Tokyo"),
    "Tue 2 Jun 04:05\u201310:05",
  );
});

test("an hour that occurs twice differs in the offset of the zone's name", () => {
  const [first, second] = ["2020-10-25T00:30:00Z", "2020-10-25T01:30:00Z"];
  assert.equal(format.clock(first, "Europe/Berlin"), format.clock(second, "Europe/Berlin"));
  assert.notEqual(format.zoneName(first, "Europe/Berlin"), format.zoneName(second, "Europe/Berlin"));
});
