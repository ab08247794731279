/** Wires the page: what is typed becomes a question, the question goes to the engine, and what it says to the answer. */

import { bestChoice, choices, regionOf } from "./answer/choices.js";
import { less, mass } from "./answer/format.js";
import { createAnswer } from "./answer/index.js";
import { createEngine } from "./engine/client.js";
import { createForm } from "./form/index.js";
import { gpuNamed, offerGpus, offerPaperJobs, offerPues, offerZones, pueSource } from "./form/options.js";
import { createTheme } from "./form/theme.js";
import { createAdding } from "./series/data_inputs.js";
import { createGrid } from "./series/index.js";
import { createWantedAverages } from "./series/lazy_averages.js";
import { createMeasured } from "./form/measured_power.js";
import { DEFAULTS, fieldOf } from "./state/fields.js";
import { fromHash, toHash } from "./state/link.js";
import { read } from "./state/parse.js";
import { offsetMilliseconds, toLocal, toMilliseconds } from "./state/zone.js";
import { createTakeAway } from "./export/index.js";

/** How finely the intensity is drawn: no screen shows more. */
const POINTS = 800;

/** What the page is about before anybody asks. */
const FIRST_DATA = [{ name: "sgip-pge-2020", kind: /** @type {const} */ ("pack"), signal: /** @type {const} */ ("marginal"), checksum: "" }];

/** @param {string} id */
const part = (id) => /** @type {HTMLElement} */ (document.getElementById(id));
const root = /** @type {HTMLFormElement} */ (part("form"));

const engine = createEngine();
const answer = createAnswer(part("answer"));
const takeAway = createTakeAway(part("take"), {
  table: (request, names) => engine.ask("table", { request, names }),
  csv: (name) => engine.ask("csv", { name }),
});
const form = createForm(root, changed);
const grid = createGrid(engine, {
  changed,
  startAt(milliseconds) {
    form.fill({ ...state.question, start: toLocal(Math.ceil(milliseconds / 60_000) * 60_000, state.question.zone ?? "UTC") });
    changed();
  },
});
const measured = createMeasured(engine, (field, value) => {
  if (field) form.fill({ ...state.question, [field]: value });
  changed();
});
const averages = createWantedAverages(engine, {
  changed: () => changed(),
  openPack: (name) => void grid.open({ kind: "pack", name }).catch((error) => grid.complain(error)),
});

const state = {
  /** @type {import("./types.js").Question} */
  question: { ...DEFAULTS },
  /** @type {import("./state/parse.js").PaperJob[]} */
  paperJobs: [],
  /** What the address says: not to be read again. */
  hash: "",
  saving: 0,
  /** Counts what was asked and withdrawn: what is said of an older question is of no interest. */
  asked: 0,
};

offerGpus();
offerPues();
offerZones();
createTheme();
createAdding({ grid, measured });
root.addEventListener("reset", (event) => {
  event.preventDefault();
  void restore("");
});
addEventListener("hashchange", () => location.hash !== state.hash && void restore(location.hash));
for (const link of /** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll("a[href='#answer']"))) {
  link.addEventListener("click", (event) => {
    event.preventDefault(); // the address is the question's
    part("answer").focus();
    part("answer").scrollIntoView();
  });
}

void restore(location.hash);
engine.start().then(({ paperJobs }) => {
  state.paperJobs = paperJobs;
  offerPaperJobs(paperJobs);
  update();
}, (error) => answer.fail(error.message));
void keepForLater();

/** Something was typed, chosen or added. */
function changed() {
  state.question = { ...form.question(state.question), home: grid.chosen(), cloud: averages.value() };
  update();
  clearTimeout(state.saving);
  state.saving = window.setTimeout(save, 250);
}

/** Asks the question as it stands. Where it cannot be asked, the last good answer stays. */
function update() {
  const { question, paperJobs } = state;
  if (!paperJobs.length) return;
  const { draft, problems } = read(question, { paperJobs, profile: measured.profile() });
  hints();
  form.complain(measured.trouble() ? new Map([...problems, ["profile", measured.trouble()]]) : problems);
  grid.startsAt(problems.has("start") ? null : toMilliseconds(question.start ?? "", question.zone ?? "UTC"));
  if (!draft) return withdraw("Something in the form is not right yet: see beside the fields.");
  const names = grid.series().map(({ name }) => name);
  if (!names.length) {
    if (!grid.loading()) withdraw("There is no series of intensity to plan on: add one under The grid.");
    return;
  }
  draft.request.home_region = grid.home();
  state.asked += 1;
  const { asked } = state;
  engine.leave();
  part("answer").ariaBusy = "true";
  delete document.body.dataset.rests;
  const shown = (/** @type {import("./engine/plan.js").Answered} */ answered) => {
    if (asked === state.asked) show(question, draft, answered);
  };
  engine.plan({ draft, names, points: POINTS }, shown).then((answered) => {
    if (answered) shown(answered);
    if (asked === state.asked) part("answer").ariaBusy = "false";
  }, (error) => {
    if (asked !== state.asked) return;
    const field = fieldOf(error.field);
    if (field === "grid") grid.complain(error, "asked");
    else form.complain(new Map([[field, error.message]]));
    withdraw("There is no answer to this question: the reason stands in the form.");
  });
}

/** Says why nothing is asked. What is on its way comes too late; the last good answer stays. @param {string} why */
function withdraw(why) {
  state.asked += 1;
  engine.leave();
  part("answer").ariaBusy = "false";
  answer.fail(why);
}

/**
 * @param {import("./types.js").Question} question
 * @param {import("./state/parse.js").Draft} draft
 * @param {import("./engine/plan.js").Answered} answered
 */
function show(question, draft, { request, plan, intensity, embodiedGrams, counted, leftOut }) {
  const named = new Map(grid.series().map((series) => [series.name, series]));
  const home = named.get(plan.home_region);
  if (!home) return; // it was removed meanwhile
  const series = plan.regions.flatMap(({ name }) => named.get(name) ?? []);
  const embodied = draft.embodied && {
    kilogramsPerGpu: draft.embodied.kilograms_per_gpu, gpus: draft.embodied.gpus,
    lifetimeYears: draft.embodied.lifetime_years, source: draft.factors.embodied,
  };
  grid.complain(null, "asked");
  if (leftOut) grid.leaveOut(leftOut);
  const zone = question.zone ?? "UTC";
  const factors = { ...draft.factors, pue: pueSource(question.pue ?? "") };
  const model = { question, request, plan, home, series, intensity, embodiedGrams, embodied, gpus: draft.gpus, zone, factors, counted, link: link() };
  answer.show(model);
  takeAway.show(model);
  averages.show(plan.job.energy_kilowatt_hours, plan.power_usage_effectiveness);
  brief(plan);
  document.body.dataset.answered = String(Number(document.body.dataset.answered ?? 0) + 1);
  if (leftOut) explore(request, plan, zone);
}

/** The answer in a line, at the head of a small screen. @param {import("./types.js").Plan} plan */
function brief(plan) {
  const list = choices(plan);
  const [now, best] = [list.find(({ key }) => key === "now"), bestChoice(list)];
  if (!now || !best) return;
  part("brief").textContent = best.key === "now" ? `${mass(now.grams)}: nothing saves more` : `${mass(best.grams)} instead of ${mass(now.grams)}: ${less(best.saving)}`;
}

/**
 * The long work: it begins when the question rests, and ends when another is asked.
 * @param {import("./types.js").Request} request
 * @param {import("./types.js").Plan} plan
 * @param {string} zone
 */
function explore(request, plan, zone) {
  const names = plan.regions.map(({ name }) => name);
  const utcOffsetMinutes = offsetMilliseconds(Date.parse(request.start), zone) / 60_000;
  const regions = /** @type {import("./types.js").YearModel["regions"]} */ ([]);
  const exact = regionOf(plan, plan.home_region)?.pause_and_resume.method === "exact";
  engine.explore({ request, names, utcOffsetMinutes }, ({ year, curve, prices, fraction }) => {
    if (year) regions.push(year);
    if ((year && regions.length === 1) || fraction === 1) answer.showYear({ regions });
    if (curve) answer.showCurve({ ...curve, exact });
    if (prices) answer.showPauseCosts(prices);
    answer.busy(fraction);
  }, () => {
    answer.busy(null);
    document.body.dataset.rests = "";
  });
}

/** What depends on what is chosen. */
function hints() {
  const { question } = state;
  const gpu = gpuNamed(question.gpu ?? "");
  form.hint("gpu", gpu?.source ?? "");
  form.hint("pue", pueSource(question.pue ?? ""));
  const published = question.work === "gpus" ? gpu?.embodied_kilograms : undefined;
  const paper = question.work === "paper" ? state.paperJobs.find(({ name }) => name === question.paper)?.gpus : undefined;
  form.placeholder("embodiedKilograms", published?.toString() ?? "");
  form.placeholder("embodiedGpus", (question.work === "gpus" ? question.count : paper?.split(" ")[0]) ?? "");
  form.hint("embodiedKilograms", published ? `${published} kg, if left empty: ${gpu?.embodied_source}` : "None is known for this GPU: your figure");
}

/** @param {string} hash */
async function restore(hash) {
  const { question, data, profile } = fromHash(hash);
  state.question = question;
  state.hash = hash;
  form.fill(question);
  averages.fill(question.cloud ?? "");
  measured.expect(profile);
  await grid.restore(data.length ? data : FIRST_DATA, question.home ?? "");
}

/** The address that restores everything. */
function link() {
  return new URL(toHash(state.question, grid.named(), measured.named()), location.href).href;
}

/** Keeps the address true; before anybody asks anything it stays plain. */
function save() {
  const [data, ...more] = grid.named();
  const first = !more.length && data?.name === FIRST_DATA[0]?.name && toHash(state.question, [], measured.named()) === "#";
  state.hash = first ? "" : new URL(link()).hash;
  history.replaceState(null, "", state.hash || location.pathname + location.search);
}

/** From the next visit on it works without a network. */
async function keepForLater() {
  try {
    await navigator.serviceWorker.register("sw.js");
  } catch {
    // a private window, a browser that keeps nothing, or a server without https
  }
}
