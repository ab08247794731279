import assert from "node:assert/strict";
import { test } from "node:test";

import { knownMass } from "../../src/answer/equation.js";

test("an unknown mass is not shown as 0 g", () => {
  assert.equal(knownMass(null), "\u2013");
  assert.equal(knownMass(undefined), "\u2013");
  assert.equal(knownMass(null, "left out"), "left out");
  assert.match(knownMass(0), /^0.g$/);
  assert.match(knownMass(1500), /^1[.]50.kg$/);
});
