import assert from "node:assert/strict";
import { test } from "node:test";

import { kindOf, nameOf } from "../../src/series/file_kind.js";

test("the content of a file tells its kind", () => {
  assert.equal(kindOf("\uFEFFtimestamp_utc,gco2_per_kwh\n"), "intensity");
  assert.equal(kindOf("# signal: average\n# zone: GB\ntimestamp_utc,gco2_per_kwh\n"), "intensity");
  assert.equal(kindOf("Datetime (UTC),Zone id,Carbon intensity gCO₂eq/kWh (Life cycle)\n2024-01-01 00:00:00,DE,300\n"), "intensity");
  assert.equal(kindOf("\uFFFD\uFFFDT\0i\0m\0e\0;\0C\0O\x002\0"), "intensity");
  assert.equal(kindOf("# a power\noffset_seconds,power_watts\n0,1\n"), "profile");
  assert.equal(kindOf("# HELP gpu_carbon_gpu_up Time, or date\n"), "metrics");
  assert.equal(kindOf("a note, without a table"), null);
  assert.equal(kindOf('<?xml version="1.0"?>\n<IMODocument><IMODocBody><DailyData>'), "response");
  assert.equal(kindOf("<html><body>a portal</body></html>"), null);
  assert.equal(kindOf('[{"point_time": "2026-01-01T00:00:00Z"}]'), "response");
  assert.equal(nameOf("PUB_GenOutputbyFuelHourly_2025.xml", () => false), "PUB_GenOutputbyFuelHourly_2025");
});
