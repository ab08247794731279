/** The page's entry point: it sends the values of the form to the engine, and shows the answer. */

import { bestChoice, choices, regionOf } from "./answer/choices.js";
import { less, mass } from "./ui/format.js";
import { createAnswer } from "./answer/index.js";
import { createEngine } from "./engine/client.js";
import { createExportPanel } from "./export/index.js";
import { createForm } from "./form/index.js";
import { createMeasuredPower } from "./form/measured_power.js";
import { gpuNamed, offerGpus, offerPaperJobs, offerPues, offerZones, pueSource } from "./form/options.js";
import { createTheme } from "./form/theme.js";
import { connectDataInputs } from "./series/data_inputs.js";
import { createSeriesList } from "./series/index.js";
import { createLazyAverages } from "./series/lazy_averages.js";
import { DEFAULTS, fieldOf } from "./state/fields.js";
import { fromHash, toHash } from "./state/link.js";
import { parseQuestion } from "./state/parse.js";
import { offsetMilliseconds, toLocal, toMilliseconds } from "./state/zone.js";

/** Number of points in the chart of intensity: no screen shows more. */
const POINTS = 800;

/** The series of a page that is opened without a link. */
const DEFAULT_DATA = [{ name: "sgip-pge-2020", kind: /** @type {const} */ ("pack"), signal: /** @type {const} */ ("marginal"), checksum: "" }];

/** @param {string} id */
const elementOf = (id) => /** @type {HTMLElement} */ (document.getElementById(id));
const root = /** @type {HTMLFormElement} */ (elementOf("form"));

const engine = createEngine();
const answer = createAnswer(elementOf("answer"));
const exportPanel = createExportPanel(elementOf("export"), {
  planCsv: (request, names) => engine.call("planCsv", { request, names }),
  seriesCsv: (name) => engine.call("seriesCsv", { name }),
});
const form = createForm(root, changed);
const seriesList = createSeriesList(engine, {
  changed,
  startAt(milliseconds) {
    form.fill({ ...state.question, start: toLocal(Math.ceil(milliseconds / 60_000) * 60_000, state.question.zone ?? "UTC") });
    changed();
  },
});
const measuredPower = createMeasuredPower(engine, (field, value) => {
  if (field) form.fill({ ...state.question, [field]: value });
  changed();
});
const averages = createLazyAverages(engine, {
  changed: () => changed(),
  openPack: (name) => void seriesList.open({ kind: "pack", name }).catch((error) => seriesList.showError(error)),
});

const state = {
  /** @type {import("./types.js").Question} */
  question: { ...DEFAULTS },
  /** The engine's tables and limits; null until it has started. @type {import("./state/parse.js").EngineFacts | null} */
  facts: null,
  /** The hash that the page itself wrote: a change to it is not followed. */
  hash: "",
  saveTimer: 0,
  /** Number of the latest question. Answers to earlier ones are dropped. */
  questionNumber: 0,
};

offerGpus();
offerPues();
offerZones();
createTheme();
connectDataInputs({ seriesList, measuredPower });
root.addEventListener("reset", (event) => {
  event.preventDefault();
  void restore("");
});
addEventListener("hashchange", () => location.hash !== state.hash && void restore(location.hash));
for (const link of /** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll("a[href='#answer']"))) {
  link.addEventListener("click", (event) => {
    event.preventDefault(); // the hash of the address holds the question
    elementOf("answer").focus();
    elementOf("answer").scrollIntoView();
  });
}

void restore(location.hash);
engine.start().then((facts) => {
  state.facts = facts;
  offerPaperJobs(facts.paperJobs);
  update();
}, (error) => answer.fail(error.message));
void registerServiceWorker();

/** Reads the form again after a change. */
function changed() {
  state.question = { ...form.question(state.question), home: seriesList.chosen(), cloud: averages.value() };
  update();
  clearTimeout(state.saveTimer);
  state.saveTimer = window.setTimeout(saveAddress, 250);
}

/** Asks the engine the question of the form. Where the form has errors, the last answer stays. */
function update() {
  const { question, facts } = state;
  if (!facts) return;
  const { draft, problems } = parseQuestion(question, { facts, profile: measuredPower.profile() });
  showHints();
  form.showProblems(measuredPower.error() ? new Map([...problems, ["profile", measuredPower.error()]]) : problems);
  seriesList.setEarliestStart(problems.has("start") ? null : toMilliseconds(question.start ?? "", question.zone ?? "UTC"));
  if (!draft) return showNoAnswer("A field of the form has an error: see the message below the field.");
  const names = seriesList.series().map(({ name }) => name);
  if (!names.length) {
    if (!seriesList.loading()) showNoAnswer("There is no series of carbon intensity to plan with: add one under Carbon intensity.");
    return;
  }
  draft.request.home_region = seriesList.home();
  state.questionNumber += 1;
  const { questionNumber } = state;
  engine.cancelSensitivity();
  elementOf("answer").ariaBusy = "true";
  delete document.body.dataset.idle;
  const showIfLatest = (/** @type {import("./engine/plan.js").PlanAnswer} */ planned) => {
    if (questionNumber === state.questionNumber) show(question, draft, planned);
  };
  engine.plan({ draft, names, points: POINTS }, showIfLatest).then((planned) => {
    if (planned) showIfLatest(planned);
    if (questionNumber === state.questionNumber) elementOf("answer").ariaBusy = "false";
  }, (error) => {
    if (questionNumber !== state.questionNumber) return;
    const field = fieldOf(error.field);
    if (field === "series") seriesList.showError(error, "planning");
    else form.showProblems(new Map([[field, error.message]]));
    showNoAnswer("There is no plan for these values: the form shows the reason.");
  });
}

/** Shows why there is no new answer, and drops the pending one. The last answer stays. @param {string} reason */
function showNoAnswer(reason) {
  state.questionNumber += 1;
  engine.cancelSensitivity();
  elementOf("answer").ariaBusy = "false";
  answer.fail(reason);
}

/**
 * @param {import("./types.js").Question} question
 * @param {import("./state/parse.js").Draft} draft
 * @param {import("./engine/plan.js").PlanAnswer} planned
 */
function show(question, draft, { request, plan, intensity, embodiedGrams, figures, excluded }) {
  const named = new Map(seriesList.series().map((series) => [series.name, series]));
  const home = named.get(plan.home_region);
  if (!home) return; // the series was removed in the meantime
  const series = plan.regions.flatMap(({ name }) => named.get(name) ?? []);
  const embodied = draft.embodied && {
    kilogramsPerGpu: draft.embodied.kilograms_per_gpu, gpus: draft.embodied.gpus,
    lifetimeYears: draft.embodied.lifetime_years, source: draft.factors.embodied,
  };
  seriesList.showError(null, "planning");
  if (excluded) seriesList.showExcluded(excluded);
  const zone = question.zone ?? "UTC";
  const factors = { ...draft.factors, pue: pueSource(question.pue ?? "") };
  const model = { question, request, plan, home, series, intensity, embodiedGrams, embodied, gpus: draft.gpus, zone, factors, figures, link: link() };
  answer.show(model);
  exportPanel.show(model);
  averages.show(plan.job.energy_kilowatt_hours, plan.power_usage_effectiveness);
  showSummaryBar(plan);
  document.body.dataset.answers = String(Number(document.body.dataset.answers ?? 0) + 1);
  if (excluded) startSensitivity(request, plan, zone);
}

/** Shows the answer in one line at the top of a small screen. @param {import("./types.js").Plan} plan */
function showSummaryBar(plan) {
  const list = choices(plan);
  const [now, best] = [list.find(({ key }) => key === "now"), bestChoice(list)];
  if (!now || !best) return;
  elementOf("summary-bar").textContent = best.key === "now" ? `${mass(now.grams)}: no plan emits less` : `${mass(best.grams)} instead of ${mass(now.grams)}: ${less(best.saving)}`;
}

/**
 * Starts the slow analyses, once the form has not changed for a moment. The next question ends them.
 * @param {import("./types.js").Request} request
 * @param {import("./types.js").Plan} plan
 * @param {string} zone
 */
function startSensitivity(request, plan, zone) {
  const names = plan.regions.map(({ name }) => name);
  const utcOffsetMinutes = offsetMilliseconds(Date.parse(request.start), zone) / 60_000;
  const regions = /** @type {import("./types.js").YearModel["regions"]} */ ([]);
  const exact = regionOf(plan, plan.home_region)?.pause_and_resume.method === "exact";
  engine.sensitivity({ request, names, utcOffsetMinutes }, ({ year, curve, pauseCosts, fraction }) => {
    if (year) regions.push(year);
    if ((year && regions.length === 1) || fraction === 1) answer.showYear({ regions });
    if (curve) answer.showCurve({ ...curve, exact });
    if (pauseCosts) answer.showPauseCosts(pauseCosts);
    answer.busy(fraction);
  }, () => {
    answer.busy(null);
    document.body.dataset.idle = "";
  });
}

/** Shows the hints and placeholders that depend on other fields. */
function showHints() {
  const { question } = state;
  const gpu = gpuNamed(question.gpu ?? "");
  form.hint("gpu", gpu?.source ?? "");
  form.hint("pue", pueSource(question.pue ?? ""));
  const published = question.work === "gpus" ? gpu?.embodied_kilograms : undefined;
  const paper = question.work === "paper" ? state.facts?.paperJobs.find(({ name }) => name === question.paper)?.gpus : undefined;
  form.placeholder("embodiedKilograms", published?.toString() ?? "");
  form.placeholder("embodiedGpus", (question.work === "gpus" ? question.count : paper?.split(" ")[0]) ?? "");
  form.hint("embodiedKilograms", published ? `${published} kg if left empty: ${gpu?.embodied_source}` : "No published figure for this GPU: enter your own");
}

/** Restores the page from the hash of an address. @param {string} hash */
async function restore(hash) {
  const { question, data, profile } = fromHash(hash);
  state.question = question;
  state.hash = hash;
  form.fill(question);
  averages.fill(question.cloud ?? "");
  measuredPower.expect(profile);
  await seriesList.restore(data.length ? data : DEFAULT_DATA, question.home ?? "");
}

/** The address that restores the whole page. */
function link() {
  return new URL(toHash(state.question, seriesList.named(), measuredPower.named()), location.href).href;
}

/** Writes the question into the address; the default question has no hash. */
function saveAddress() {
  const [data, ...more] = seriesList.named();
  const isDefault = !more.length && data?.name === DEFAULT_DATA[0]?.name && toHash(state.question, [], measuredPower.named()) === "#";
  state.hash = isDefault ? "" : new URL(link()).hash;
  history.replaceState(null, "", state.hash || location.pathname + location.search);
}

/** Registers the service worker: from the next visit on, the page works without a network. */
async function registerServiceWorker() {
  try {
    await navigator.serviceWorker.register("sw.js");
  } catch {
    // a private window, a browser that stores nothing, or a server without https
  }
}
