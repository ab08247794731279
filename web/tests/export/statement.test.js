import assert from "node:assert/strict";
import { test } from "node:test";

import { choices } from "../../src/answer/choices.js";
import { bibtex, latex, plainStatement } from "../../src/export/statement.js";
import { plan } from "../answer/fixture.js";
import { model, series } from "./model.js";

/** The statement of one choice, in its three forms. @param {string} key */
function stated(key, planned = model()) {
  const choice = choices(planned.plan).find((one) => one.key === key);
  assert.ok(choice);
  return {
    plain: plainStatement(planned, choice).replaceAll("\u202f", " "),
    tex: latex(planned, choice),
    bib: bibtex(planned, choice),
  };
}

test("the statement has every factor", () => {
  const { plain } = stated("start");
  for (const part of [
    "10.0 kWh",
    "6 h",
    "19:05 UTC on 1 June 2020",
    "1.00",
    "marginal",
    "home",
    "0a1b2c3d",
    "340 g/kWh",
    "4.08 kg",
    "6.00 kg",
    "32 %",
    "Dodge et al.",
    "GPUs alone",
    "manufacture are not included",
  ]) {
    assert.ok(plain.includes(part), `${part} is missing in: ${plain}`);
  }
  assert.doesNotMatch(plain, / [,.]|  |undefined|NaN/);
});

test("a statement with manufacture has the source of its kilograms", () => {
  const planned = model();
  const score = planned.figures.start?.score;
  assert.ok(score);
  score.embodied_grams = 225;
  planned.embodied = { kilogramsPerGpu: 164, gpus: 8, lifetimeYears: 4, source: "NVIDIA, a footprint, 2025" };
  assert.match(stated("start", planned).plain, /164 kg for each GPU, over 4 years; source: NVIDIA, a footprint, 2025\)/);
});

test("a job that starts now claims no saving", () => {
  assert.doesNotMatch(stated("now").plain, /saved/);
});

test("the statement of a moved job names both regions", () => {
  const { plain, bib } = stated("all");
  assert.match(plain, /carbon intensity of away /);
  assert.match(plain, /in home, it would have emitted/);
  assert.match(bib, /@misc\{intensity-away-0a1b2c3d,/);
});

test("the statement says whether the servers around the GPUs are within its boundary", () => {
  const planned = model();
  planned.factors = { ...planned.factors, boundary: { percent: 74, source: "Dodge et al. 2022, Table 1" } };
  const { plain, tex } = stated("start", planned);
  assert.match(plain, /^The servers of the job used 10\.0 kWh/);
  assert.match(plain, /cover the servers, whose energy is that of the GPUs divided by their share of a server's power, 74 % \(Dodge et al\. 2022, Table 1\), without the network, and count no offsets/);
  assert.doesNotMatch(plain, /GPUs alone|rest of the servers/);
  assert.match(tex, /74\\,\\%/);
});

test("each source cited in LaTeX is in the BibTeX once", () => {
  const { tex, bib } = stated("start");
  const cited = [...tex.matchAll(/\\cite\{(.*?)\}/g)].map(([, key]) => key ?? "");
  assert.equal(cited.length, 3);
  for (const key of cited) assert.equal(bib.split(`{${key},`).length, 2, key);
});

test("a name cannot break out of LaTeX or BibTeX", () => {
  const name = "a_b & 50% {x} \\input{y} #1 $z$ ~^\u0001q\u0002\nnext";
  const planned = model({ plan: plan({ alone: true }), series: [series(name)] });
  planned.plan.home_region = "home";
  const { tex, bib } = stated("start", planned);
  const inside = tex.replaceAll(
    /\\(textbackslash\{\}|textasciitilde\{\}|textasciicircum\{\}|cite\{[\w-]+\}|textsubscript\{2\}|paragraph\{Carbon emissions\.\}|[&%$#_,])/g,
    "",
  );
  assert.doesNotMatch(inside, /[\\{}&%$#_~^]/);
  assert.doesNotMatch(tex, /\\cite\{q\}/);
  assert.equal(bib.split("{").length, bib.split("}").length);
});

test("the statement has the emissions of pausing itself, where it has a cost", () => {
  const paid = plan();
  const home = paid.regions[0]?.pause_and_resume;
  assert.ok(home);
  home.costs = { pause_emissions_grams: 302, free_claim_emissions_grams: 3000, honest_free_emissions_grams: 4000, pausing_pays: true };
  const direct = model({ plan: paid, series: [series("home", { scope: "co2_direct" }), series("away")] });
  assert.match(stated("pauses", direct).plain, /emitted 3\.60 kg of CO2, 302 g/);
  const unknown = model({ plan: paid, series: [series("home", { scope: undefined }), series("away")] });
  assert.match(stated("pauses", unknown).plain, /emitted 3\.60 kg, 302 g/);
  assert.match(stated("pauses", model({ plan: paid })).plain, /emitted 3\.60 kg of CO2e, 302 g of that by pausing, by the method/);
  for (const text of [stated("pauses").plain, stated("start", model({ plan: paid })).plain]) assert.doesNotMatch(text, /by pausing/);
});
