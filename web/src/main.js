/** The page's entry point: it sends the values of the form to the engine, and shows the answer. */

import { choices, regionOf as planOf } from "./answer/choices.js";
import { createAnswer } from "./answer/index.js";
import { asSentence, inZone, summarize } from "./answer/summary.js";
import { createEngine } from "./engine/client.js";
import { createExportPanel } from "./export/index.js";
import { createFirst } from "./first/index.js";
import { regionAnswers } from "./first/region_answers.js";
import { named } from "./first/sentences.js";
import { createForm } from "./form/index.js";
import { createDevices } from "./form/devices.js";
import { createMeasuredPower } from "./form/measured_power.js";
import { gpuNamed, offerGpus, offerPaperJobs, offerPues, offerRegions, offerZones } from "./form/options.js";
import { createRegionField } from "./form/region_field.js";
import { createTheme } from "./form/theme.js";
import { createFolds } from "./form/folds.js";
import { guess, openingRegion, remember } from "./regions/guess.js";
import { livePlaceOf } from "./regions/data_of_zone.js";
import { LEVEL_CREDIT, LEVEL_YEAR, regionOf, regionsOf, seriesTitle, zoneName, zoneOf } from "./regions/map.js";
import { connectDataInputs } from "./series/data_inputs.js";
import { fitted } from "./series/fitted.js";
import { createSeriesList } from "./series/index.js";
import { PLACES, electricityMapsPlace, fetchIntensity } from "./series/services.js";
import { boundarySentence } from "./state/boundary.js";
import { DEFAULTS, defaultsFor, fieldOf } from "./state/fields.js";
import { fromHash, toHash } from "./state/link.js";
import { parseQuestion, publishedPue, publishedPues, pueSource, startOf, twiceHint } from "./state/parse.js";
import { offsetMilliseconds, ownZone, toLocal } from "./state/zone.js";
import { registerServiceWorker } from "./ui/service_worker.js";
import { fill, h } from "./ui/dom.js";
import { clock, less, mass, span, when } from "./ui/format.js";

/** Number of points in the chart of intensity: no screen shows more. */
const POINTS = 800;

/** The series of the paper's example. */
const EXAMPLE_DATA = [{ name: "sgip-pge-2020", kind: /** @type {const} */ ("pack"), signal: /** @type {const} */ ("marginal"), checksum: "" }];

/** The limits of the emissions at home: half to all of the boards' power, and the best and the worst of the published PUEs. */
const BOUNDS = Object.freeze({ utilisation: /** @type {[number, number]} */ ([50, 100]), pue: publishedPues() });

/** @param {string} id */
const elementOf = (id) => /** @type {HTMLElement} */ (document.getElementById(id));
const root = /** @type {HTMLFormElement} */ (elementOf("form"));

const engine = createEngine();
const first = createFirst(elementOf("first"));
const answer = createAnswer(elementOf("answer"));
const exportPanel = createExportPanel(elementOf("export"), {
  planCsv: (request, names) => engine.call("planCsv", { request, names }),
  seriesCsv: (name) => engine.call("seriesCsv", { name }),
});
const form = createForm(root, changed);
const regionField = createRegionField(root, () => changed("region"), (provider) => (isGuessed() ? guess(ownZone(), provider) : null));
const seriesList = createSeriesList(engine, {
  changed,
  startAt(milliseconds) {
    form.fill({ ...state.question, when: "at", start: toLocal(Math.ceil(milliseconds / 60_000) * 60_000, zoneOfQuestion()) });
    changed();
  },
});
const measuredPower = createMeasuredPower(engine, (field, value) => {
  if (field) form.fill({ ...state.question, [field]: value });
  changed();
});

const state = {
  /** @type {import("./types.js").Question} */
  question: { ...DEFAULTS },
  /** The engine's tables and limits; null until it has started. @type {import("./state/parse.js").EngineFacts | null} */
  facts: null,
  /** The region with which the page opens without a link. */
  opening: openingRegion(ownZone()),
  /** True where the page shows the question with which it opened, and not that of a link. */
  opened: true,
  /** The hash that the page itself wrote: a change to it is not followed. */
  hash: "",
  saveTimer: 0,
  /** The address after the page has started over; empty where it has not. */
  startedOver: "",
  /** Number of the latest question. Answers to earlier ones are dropped. */
  questionNumber: 0,
};

elementOf("start-notice").remove();
offerGpus();
offerPues();
offerZones();
const devices = createDevices(() => changed());
createTheme();
createFolds();
connectDataInputs({ seriesList, measuredPower, zones: zonesOfRegion });
root.addEventListener("reset", (event) => {
  event.preventDefault();
  startOver();
});
root.addEventListener("click", ({ target }) => {
  const button = /** @type {HTMLButtonElement | null} */ (/** @type {HTMLElement} */ (target).closest("[data-action=live-here], [data-action=token]"));
  if (button) void askServiceOfRegion(button);
});
addEventListener("hashchange", () => location.hash !== state.hash && void restore(location.hash));
for (const link of /** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll("a[href='#first']"))) {
  link.addEventListener("click", (event) => {
    event.preventDefault(); // the hash of the address holds the question
    elementOf("first").focus();
    elementOf("first").scrollIntoView();
  });
}

void restore(location.hash);
engine.start().then((facts) => {
  state.facts = facts;
  offerPaperJobs(facts.paperJobs);
  update();
}, (error) => showNoAnswer(error.message));

/** Reads the form again after a change. @param {string} [field] */
function changed(field) {
  state.question = { ...form.question(state.question), home: seriesList.chosen() };
  if (field === "region") {
    state.opening = { key: state.question.region ?? "", guessed: false };
    remember(state.question.region ?? "");
    void seriesList.follow(recordedYear());
  }
  elementOf("live-error").textContent = ""; // a note of the question before
  update();
  clearTimeout(state.saveTimer);
  state.saveTimer = window.setTimeout(saveAddress, 250);
}

/** The reader's own region; undefined where the question names none. */
function regionOfQuestion() {
  return regionOf(state.question.region ?? "");
}

/** The names of the region's grid zone: its own, and those of the services. */
function zonesOfRegion() {
  const zone = regionOfQuestion()?.zone;
  return zone ? [zone, ...zoneOf(zone).services.map((service) => service.zone)] : [];
}

/** True while the region is a guess, which the reader has neither confirmed nor changed. */
function isGuessed() {
  return state.opened && state.opening.guessed && state.opening.key === state.question.region;
}

function zoneOfQuestion() {
  return state.question.zone || ownZone();
}

/** The recorded year of the region's grid, the best first; null without one. */
function recordedYear() {
  const region = regionOfQuestion();
  return (region && zoneOf(region.zone).recorded[0]) ?? null;
}

/** Asks the engine the question of the form. Where the form has errors, the last answer stays. */
function update() {
  const { question, facts } = state;
  if (!facts) return;
  const region = regionOfQuestion();
  const now = Date.now();
  const { draft, problems } = parseQuestion(question, { facts, profile: measuredPower.profile(), region, now });
  showHints();
  form.showProblems(measuredPower.error() ? new Map([...problems, ["profile", measuredPower.error()]]) : problems);
  seriesList.setEarliestStart(problems.has("start") || problems.has("zone") ? null : startOf(question.when ?? "at", question.start ?? "", zoneOfQuestion(), now));
  const [wrong] = problems;
  if (!draft || wrong) return showNoAnswer(`${form.label(wrong?.[0] ?? "")}: ${wrong?.[1]}.`, wrong?.[0]);
  const open = seriesList.series();
  if (!open.length && !region) {
    if (!seriesList.loading()) showNoAnswer("There is no series of carbon intensity to plan with: add one under Carbon intensity, or choose a region.");
    return;
  }
  state.questionNumber += 1;
  engine.cancelSensitivity();
  elementOf("first").ariaBusy = "true";
  delete document.body.dataset.idle;
  const mine = state.questionNumber;
  const asked = { question, draft, region, isLatest: () => mine === state.questionNumber };
  const answered = region ? answerForRegion({ ...asked, region }) : answerForSeries(asked);
  answered.catch((error) => {
    if (!asked.isLatest()) return;
    const field = fieldOf(error.field);
    const message = inZone(error.message, zoneOfQuestion());
    if (field === "series") seriesList.showError(new Error(message), "planning");
    else form.showProblems(new Map([[field, message]]));
    showNoAnswer(field === "series" ? `${message}.` : `${form.label(field)}: ${message}.`, field);
  }).finally(() => {
    if (asked.isLatest()) elementOf("first").ariaBusy = "false";
  });
}

/**
 * @typedef {object} Asked
 * @property {import("./types.js").Question} question
 * @property {import("./state/parse.js").Draft} draft
 * @property {import("./regions/map.js").Region | undefined} region
 * @property {() => boolean} isLatest false once there is a newer question
 */

/** Answers a question without a region, on the series of the list. @param {Asked} asked */
async function answerForSeries(asked) {
  const { draft, isLatest } = asked;
  draft.request.home_region = seriesList.home();
  exportPanel.showLevel(null);
  const names = seriesList.series().map(({ name }) => name);
  const show = (/** @type {import("./engine/plan.js").PlanAnswer} */ planned) => {
    const model = isLatest() && showDetails(asked, planned, null);
    if (!model) return;
    const { headline, others, first: choice } = summarize(model.plan, model.zone);
    const basis = `By ${model.home.kind === "pack" ? seriesTitle(model.home.name) : model.home.name}: ${model.home.signal} intensity.${hasFreePauses(model) ? " Pauses are free, as in the paper." : ""}`;
    const short = !choice || choice.key === "now" ? `${mass(choice?.grams ?? 0)}: start now` : `${mass(choice.grams)}: ${less(choice.saving)}`;
    showFirst({
      sentences: [{ key: "when", text: headline, basis, saving: choice?.saving ?? 0, short }],
      others, notes: [boundarySentence(draft.factors.boundary, draft.factors.what)], warnings: model.plan.warnings.map((text) => asSentence(text, model.zone)), ranked: null,
    });
    if (planned.excluded) startSensitivity(model, finished);
  };
  const planned = await engine.plan({ draft, names, points: POINTS }, show);
  if (planned) show(planned);
}

/** True where the plan pauses without cost. @param {import("./types.js").Model} model */
function hasFreePauses({ plan: { pause_costs: costs } }) {
  return costs.most_pauses !== 0 && costs.energy_kilowatt_hours === 0 && costs.time_seconds === 0 && costs.paused_power_watts === 0;
}

/** Answers a question about a region: by the levels of its provider's regions, and by the hourly series that there is. @param {Asked & {region: import("./regions/map.js").Region}} asked */
async function answerForRegion(asked) {
  const { question, draft, region, isLatest } = asked;
  const regions = [...regionsOf(region.provider)];
  const home = regions.findIndex(({ key }) => key === region.key);
  const ranked = await engine.call("rank", { draft, levels: regions.map(({ level }) => level), home, bounds: BOUNDS, costs: costsOf(draft.money, regions) });
  const zone = zoneOfQuestion();
  const known = {
    region, regions, ranked, bounds: BOUNDS, zone, question, day: toLocal(Date.now(), zone).slice(0, 10),
    pinned: (question.cloud ?? "").split(",").flatMap((key) => regionOf(key)?.key ?? []),
    plan: null, basis: null, seasonal: null, pending: false, notes: [], warnings: [], start: Date.parse(draft.request.start), gigabytes: draft.money.gigabytes,
    pue: draft.request.power_usage_effectiveness, boundary: boundarySentence(draft.factors.boundary, draft.factors.what), unknown: "",
  };
  const place = ranked.ranking.places.find((/** @type {{index: number}} */ { index }) => index === home);
  if (isLatest()) exportPanel.showLevel(region.level === null || !place ? null : {
    job: draft.factors.job, what: draft.factors.what, boundary: draft.factors.boundary, energyKilowattHours: ranked.ranking.energy_kilowatt_hours, duration: draft.request.job.duration_seconds,
    pue: draft.request.power_usage_effectiveness, pueSource: draft.factors.pue, place: named(region), zone: zoneName(region.zone),
    grams: place.emissions_grams, gramsPerKilowattHour: region.level, year: LEVEL_YEAR, credit: LEVEL_CREDIT, start: known.start, score: ranked.score, unit: question.unit ?? "job",
  });
  const show = (/** @type {Partial<import("./first/region_answers.js").Known>} */ more) => {
    Object.assign(known, more);
    if (isLatest()) showFirst(regionAnswers(known));
  };
  const own = seriesList.candidates();
  const fits = own.map((series) => ({ series, fitted: fitted(draft.request, series) })).filter((one) => one.fitted);
  // Data of the job's own time come before a recorded year, which stands for it; the reader's choice comes before both.
  const fit = fits.find(({ series }) => series.name === question.home) ?? fits.find((one) => one.fitted?.kind !== "recorded") ?? fits[0];
  seriesList.setUsed(fit?.series.name ?? "");
  if (!fit?.fitted) {
    if (!isLatest()) return;
    if (seriesList.loading()) return show({ pending: true });
    answer.hide();
    exportPanel.hide(link());
    show(own.length ? { unknown: "No series under Carbon intensity covers its time. A recorded year stands for this one where the job, with the time by which it may end later, is shorter." } : {});
    finished();
    return;
  }
  const { series, fitted: { request, kind, recordedDay, cutTo } } = fit;
  const levelGrams = place?.emissions_grams ?? null;
  const basis = { kind, levelGrams, title: series.kind === "pack" ? seriesTitle(series.name) : series.name, year: toLocal(series.startMilliseconds, "UTC").slice(0, 4), signal: series.signal, loaded: clock(series.loadedAt, zone) };
  const cut = cutTo === null ? [] : [`The forecast ends at ${when(cutTo, zone)}: the job may end ${span(request.window_seconds)} later, not ${question.window}.`];
  const fittedDraft = { ...draft, request: { ...request, home_region: series.name } };
  const names = seriesList.series().map(({ name }) => name);
  show({ basis, notes: cut });
  const whyUnknown = (/** @type {string} */ message) => asSentence(message.replace(`${series.name}: `, ""), zone);
  const usual = kind === "recorded" ? engine.seasonal({ ...draft, request: { ...draft.request, signal: series.signal } }, series.name) : null;
  const usualShown = usual?.then((seasonal) => show(seasonal ? { seasonal } : {}), (error) => show({ unknown: whyUnknown(error.message) }));
  const done = () => void Promise.resolve(usualShown).then(() => isLatest() && finished());
  const showPlan = (/** @type {import("./engine/plan.js").PlanAnswer} */ planned) => {
    const model = isLatest() && showDetails(asked, planned, recordedDay && { ...recordedDay, levelGrams });
    if (!model) return;
    show({ plan: model.plan, warnings: model.plan.warnings.map((text) => asSentence(text, zone)) });
    if (planned.excluded) startSensitivity(model, done);
  };
  const planned = await engine.plan({ draft: fittedDraft, names, points: POINTS }, showPlan).catch((error) => {
    if (kind !== "recorded") throw error;
    if (!isLatest()) return null;
    answer.hide(); // where the day of the example has a gap, what is usual is known all the same
    if (error.field !== "start") show({ unknown: whyUnknown(error.message) });
    exportPanel.hide(link());
    done();
    return null;
  });
  if (planned) showPlan(planned);
}

/** The prices by region, and what moving costs. @param {import("./state/parse.js").Draft["money"]} money @param {import("./regions/map.js").Region[]} regions */
function costsOf({ prices, gigabytes, usdPerGigabyte }, regions) {
  const priceOf = (/** @type {import("./regions/map.js").Region} */ { id, key }) => (prices instanceof Map ? prices.get(id.toLowerCase()) ?? prices.get(key.toLowerCase()) ?? null : prices);
  return { usd_per_hour: regions.map(priceOf), gigabytes, usd_per_gigabyte: usdPerGigabyte };
}

/** Shows the first screen, and its best answer in the line that stays. @param {import("./first/index.js").FirstModel} model */
function showFirst(model) {
  const best = first.show(model);
  elementOf("summary-bar").textContent = best?.short ?? "";
  document.body.dataset.started = "";
  document.body.dataset.answers = String(Number(document.body.dataset.answers ?? 0) + 1);
}

/** Shows why there is no new answer, and drops the pending one. The last answer stays. @param {string} reason @param {string} [field] the wrong one */
function showNoAnswer(reason, field) {
  state.questionNumber += 1;
  engine.cancelSensitivity();
  elementOf("first").ariaBusy = "false";
  document.body.dataset.started = "";
  answer.busy(null);
  first.fail(reason, field && field !== "series" ? document.getElementById(field) : null);
}

/**
 * Shows the details of a plan.
 * @param {Asked} asked
 * @param {import("./engine/plan.js").PlanAnswer} planned
 * @param {import("./types.js").Model["recordedDay"]} recordedDay
 * @returns {import("./types.js").Model | null} null where the series was removed in the meantime
 */
function showDetails({ question, draft, region }, { request, plan, intensity, embodiedGrams, figures, excluded }, recordedDay) {
  const named = new Map(seriesList.series().map((series) => [series.name, series]));
  const home = named.get(plan.home_region);
  if (!home) return null;
  const series = plan.regions.flatMap(({ name }) => named.get(name) ?? []);
  const embodied = draft.embodied && {
    kilogramsPerGpu: draft.embodied.kilograms_per_gpu, gpus: draft.embodied.gpus,
    lifetimeYears: draft.embodied.lifetime_years, source: draft.factors.embodied,
  };
  seriesList.showError(null, "planning");
  const zone = zoneOfQuestion();
  if (excluded) seriesList.showExcluded(excluded.map(({ name, reason }) => ({ name, reason: inZone(reason, zone) })));
  const factors = { ...draft.factors, pue: pueSource(question.pue ?? "", region) };
  const title = home.kind === "pack" ? seriesTitle(home.name) : home.name;
  const model = { question, request, plan, home, title, series, unit: question.unit ?? "job", intensity, embodiedGrams, embodied, gpus: draft.gpus, zone, factors, figures, link: link(), recordedDay };
  answer.show(model);
  exportPanel.show(model);
  return model;
}

/** Marks the page as finished. Only then is the service worker registered, so that it does not fetch what the page is fetching. */
function finished() {
  answer.busy(null);
  document.body.dataset.idle = "";
  void registerServiceWorker(elementOf("update-notice"));
}

/** Starts the slow analyses, once the form has not changed for a moment. The next question ends them. @param {import("./types.js").Model} model @param {() => void} done */
function startSensitivity({ request, plan, zone }, done) {
  const names = plan.regions.map(({ name }) => name);
  const utcOffsetMinutes = offsetMilliseconds(Date.parse(request.start), zone) / 60_000;
  const regions = /** @type {import("./types.js").YearModel["regions"]} */ ([]);
  const exact = planOf(plan, plan.home_region)?.pause_and_resume.method === "exact";
  engine.sensitivity({ request, names, utcOffsetMinutes }, ({ year, curve, pauseCosts, fraction }) => {
    if (year) regions.push(year);
    if ((year && regions.length === 1) || fraction === 1) answer.showYear({ regions });
    if (curve) answer.showCurve({ ...curve, exact });
    if (pauseCosts) answer.showPauseCosts(pauseCosts);
    answer.busy(fraction);
  }, done);
}

/** Asks a service for the forecast of the reader's region: the one without an account, or the one whose token is typed. @param {HTMLButtonElement} button */
async function askServiceOfRegion(button) {
  const region = regionOfQuestion();
  if (!region) return;
  const byToken = button.dataset.action === "token";
  const token = byToken ? /** @type {HTMLInputElement} */ (elementOf("token")).value.trim() : "";
  const showError = (/** @type {string} */ text) => { elementOf(byToken ? "token-error" : "live-here-error").textContent = text; };
  const place = byToken ? electricityMapsPlace(button.dataset.zone ?? "", zoneName(region.zone)) : PLACES.find(({ id }) => id === livePlaceOf(zoneOf(region.zone)));
  if (!place) return;
  if (byToken && !token) return showError("Enter the token of your account first.");
  showError("");
  button.setAttribute("aria-busy", "true");
  try {
    const text = await fetchIntensity(place, location.href, token || undefined);
    await seriesList.open({ kind: "live", name: place.name, text }, () => regionOfQuestion()?.key === region.key, true);
  } catch (error) {
    showError(/** @type {Error} */ (error).message);
  }
  button.removeAttribute("aria-busy");
}

/** Shows the hints and placeholders that depend on other fields. */
function showHints() {
  const { question } = state;
  const region = regionOfQuestion();
  const gpu = gpuNamed(question.gpu ?? "");
  form.hint("gpu", gpu?.source ?? "");
  form.hint("pue", `${question.pue?.trim() ? "" : `${publishedPue(region)?.value ?? ""}: `}${pueSource(question.pue ?? "", region)}`);
  form.placeholder("pue", publishedPue(region)?.value ?? "");
  const grid = region && `Grid: ${zoneName(region.zone)}.`;
  form.hint("region", region ? `${isGuessed() ? "A guess by your time zone: choose your own. " : ""}${grid}` : "Plans are made with the series under Carbon intensity.");
  const published = question.work === "gpus" ? gpu?.embodied_kilograms : undefined;
  const paper = question.work === "paper" ? state.facts?.paperJobs.find(({ name }) => name === question.paper) : undefined;
  form.placeholder("embodiedKilograms", published?.toString() ?? "");
  form.placeholder("embodiedGpus", (question.work === "gpus" ? question.count : paper?.gpus.split(" ")[0]) ?? "");
  form.hint("embodiedKilograms", published ? `${published} kg if left empty: ${gpu?.embodied_source}` : "No published figure for this GPU: enter your own");
  form.hint("start", question.when === "at" ? twiceHint(question.start ?? "", zoneOfQuestion()) : "");
  const work = /** @type {Record<string, string>} */ ({
    gpus: `${question.count} ${gpu?.name ?? `devices of ${question.boardWatts} W`}${question.devices ? " and more" : ""}`, energy: `${question.energy} kWh`, power: `${question.power} W`, profile: "measured power", paper: paper?.title ?? "the paper’s job",
  });
  const start = question.when === "now" ? "starting now" : `starting ${(question.start ?? "").replace("T", " ")}`;
  elementOf("job-line").textContent = `${work[question.work ?? ""]}${question.work === "paper" ? "" : ` for ${question.duration}`}, ${start}, may end ${question.window} later`;
}

/** Restores the page from the hash of an address. @param {string} hash */
async function restore(hash) {
  const asked = fromHash(hash);
  state.opened = !asked.isQuestion;
  const { question, data, profile } = state.opened ? fromHash(`#region=${encodeURIComponent(state.opening.key)}`) : asked;
  const { unknown } = asked;
  const region = regionOf(question.region ?? "");
  if (question.region && !region) unknown.push(`region=${question.region}`);
  if (question.region) question.region = region?.key ?? state.opening.key;
  question.zone ||= ownZone();
  state.question = question;
  state.hash = hash;
  regionField.fill(question.region ?? "");
  form.fill(question);
  devices.render();
  form.showUnknown(unknown);
  measuredPower.expect(profile);
  await seriesList.restore(data.length || question.region ? data : EXAMPLE_DATA, question.home ?? "");
  if (question.region) await seriesList.follow(recordedYear());
}

/** Restores the opening question and forgets the files; a button undoes that. */
function startOver() {
  const before = link();
  if (before === state.startedOver) return; // nothing has changed since: the button still undoes the first time
  const storeAgain = seriesList.forget();
  const notice = elementOf("update-notice");
  const undo = async () => {
    state.startedOver = "";
    notice.hidden = true;
    await storeAgain();
    await restore(new URL(before).hash);
  };
  fill(notice, "The page has started over. ", h("button", { type: "button", class: "plain", click: undo }, "Undo"));
  notice.hidden = false;
  void restore("").then(() => { state.startedOver = link(); });
}

/** The address that restores the whole page. */
function link() {
  return new URL(toHash(state.question, seriesList.named(), measuredPower.named()), location.href).href;
}

/** Writes the question into the address; the question with which the page opens has no hash. */
function saveAddress() {
  const { question, opening } = state;
  const opened = { ...defaultsFor(opening.key), region: opening.key, zone: ownZone() };
  const isOpening = toHash(question, [], measuredPower.named()) === toHash(opened, [], null) && seriesList.named().every(({ name }) => name === recordedYear());
  state.hash = isOpening ? "" : new URL(link()).hash;
  history.replaceState(null, "", state.hash || location.pathname + location.search);
}
