import assert from "node:assert/strict";
import { test } from "node:test";

import { GPUS_ONLY, boundarySentence, hostShare, parseBoundary } from "../../src/state/boundary.js";
import { FieldError } from "../../src/state/quantity.js";

/** The boundary of some fields, and the messages of those that are wrong. @param {import("../../src/types.js").Question} question */
function parsed(question) {
  const problems = /** @type {string[]} */ ([]);
  const boundary = parseBoundary(question, (name, parse) => {
    try {
      return parse(question[name] ?? "");
    } catch (error) {
      assert.ok(error instanceof FieldError);
      problems.push(`${name}: ${error.message}`);
      return undefined;
    }
  });
  return { boundary, problems };
}

test("the GPUs alone are the default, and the engine is given the share of the others", () => {
  assert.deepEqual(parsed({}), { boundary: GPUS_ONLY, problems: [] });
  assert.equal(hostShare(parsed({ host: "gpus", hostShare: "nothing" }).boundary), null);
  const paper = parsed({ host: "paper" }).boundary;
  assert.equal(hostShare(paper), "paper");
  assert.equal(boundarySentence(paper), "Boundary: the servers, of whose power the GPUs take 74\u202f% (Dodge et al. 2022, Table 1).");
  const own = parsed({ host: "own", hostShare: "62.5 %" }).boundary;
  assert.equal(hostShare(own), 62.5);
  assert.match(boundarySentence(own, "devices"), /the devices take 62\.5\u202f% \(as entered\)/);
  assert.match(boundarySentence(GPUS_ONLY), /the GPUs alone/);
});

test("a share that cannot be is an error of its field", () => {
  for (const hostShare of ["", "0", "101", "-5", "most", "NaN"]) {
    const { problems } = parsed({ host: "own", hostShare });
    assert.match(problems.join(), /^hostShare: .*1 to 100/, hostShare);
  }
});
