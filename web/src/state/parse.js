/** The request to the engine from the values of the form, or the errors by field. */

import gpus from "../../../crates/feeds/data/gpus.json";
import { FieldError, number, seconds, windowOf } from "./quantity.js";
import { toMilliseconds } from "./zone.js";

/**
 * @typedef {import("../types.js").Question} Question
 * @typedef {{name: string, title: string, gpus: string, duration_seconds: number, energy_kilowatt_hours: number}} PaperJob
 * @typedef {{least: number, most: number, what: string}} Range limits of a number, and their description for an error
 * @typedef {{paperJobs: PaperJob[], pue: Range}} EngineFacts the tables and limits that the engine has
 * @typedef {{name: string, profile: [number, number][], duration_seconds: number | null, checksum: string}} Profile
 */

/**
 * The data of the form that is not typed.
 * @typedef {object} Known
 * @property {EngineFacts} facts
 * @property {Profile | null} profile
 */

/**
 * A request whose power may still be in terms of GPUs: the engine computes the watts.
 * @typedef {object} Draft
 * @property {import("../types.js").Request} request
 * @property {{board_watts: number, gpus: number, utilisation_percent: number} | null} gpuPower
 * @property {{kilograms_per_gpu: number, gpus: number, lifetime_years: number} | null} embodied
 * @property {number | null} gpus
 * @property {import("../types.js").Factors & {embodied: string}} factors
 */

/**
 * Checks the values of the form.
 * @param {Question} question
 * @param {Known} known
 * @returns {{draft: Draft | null, problems: Map<string, string>}} draft: null where there is a problem; problems: messages by field
 */
export function parseQuestion(question, known) {
  const problems = /** @type {Map<string, string>} */ (new Map());
  /** @template T @param {string} field @param {(text: string) => T} parse @returns {T | undefined} */
  const field = (field, parse) => {
    try {
      return parse(question[field] ?? "");
    } catch (error) {
      if (!(error instanceof FieldError)) throw error;
      problems.set(field, error.message);
      return undefined;
    }
  };
  const work = parseWork(question, known, field);
  const request = {
    job: /** @type {import("../types.js").Request["job"]} */ (work.job),
    start: field("start", (text) => new Date(toMilliseconds(text, question.zone ?? "UTC")).toISOString().replace(".000Z", "Z")) ?? "",
    window_seconds: field("window", (text) => windowOf(text, work.job.duration_seconds)) ?? 0,
    power_usage_effectiveness: field("pue", (text) => number(text, known.facts.pue)) ?? 1,
    signal: /** @type {const} */ ("marginal"), // replaced by the signal of the home region when the engine plans
    home_region: question.home || null,
    pause_costs: parsePauseCosts(field),
  };
  const embodied = question.embodied ? parseEmbodied(question, work, field) : null;
  const factors = { job: work.source, pue: "as entered", embodied: embodied?.source ?? "" };
  const draft = { request, gpuPower: work.gpuPower, embodied: embodied?.terms ?? null, gpus: work.gpus, factors };
  return { draft: problems.size ? null : draft, problems };
}

/** @typedef {<T>(field: string, parse: (text: string) => T) => T | undefined} Field parses a field, or notes its error */

/**
 * The job's energy or power, by the way in which it is known.
 * @param {Question} question
 * @param {Known} known
 * @param {Field} field
 * @returns {{job: {duration_seconds: number, energy_kilowatt_hours?: number, power_watts?: number, profile?: [number, number][]}, gpuPower: Draft["gpuPower"], gpus: number | null, embodiedKilograms: number | null, embodiedSource: string, source: string}}
 */
function parseWork(question, known, field) {
  const none = { gpuPower: null, gpus: null, embodiedKilograms: null, embodiedSource: "" };
  if (question.work === "paper") {
    const job = known.facts.paperJobs.find(({ name }) => name === question.paper);
    if (!job) field("paper", () => fail(`the paper has no job “${question.paper}”`));
    const gpus = Number.parseInt(job?.gpus ?? "", 10);
    const source = `${job?.title}, ${job?.gpus}: Dodge et al. 2022, ${placeInPaper(question.paper)}`;
    const { duration_seconds = 0, energy_kilowatt_hours = 0 } = job ?? {};
    return { ...none, gpus, job: { duration_seconds, energy_kilowatt_hours }, source };
  }
  const duration_seconds = field("duration", (text) => seconds(text, { positive: true })) ?? 0;
  switch (question.work) {
    case "gpus": {
      const model = gpus.models.find(({ id }) => id === question.gpu);
      if (!model) field("gpu", () => fail(`the table has no GPU “${question.gpu}”`));
      const count = field("count", (text) => number(text, { least: 1, most: 1e6, whole: true, what: "a whole number of GPUs, 1 or more" })) ?? 1;
      const percent = field("utilisation", (text) => number(text, { above: 0, most: 100, what: "percent of the board power, above 0 and up to 100" })) ?? 100;
      const gpuPower = { board_watts: model?.watts ?? 0, gpus: count, utilisation_percent: percent };
      const source = `${count} ${model?.name} at ${percent} % of ${model?.watts} W board power (${model?.source})`;
      return {
        ...none, job: { duration_seconds }, gpuPower, gpus: count, source,
        embodiedKilograms: model?.embodied_kilograms ?? null, embodiedSource: model?.embodied_source ?? "",
      };
    }
    case "energy": {
      const energy_kilowatt_hours = field("energy", (text) => number(text, { least: 0, what: "kilowatt-hours, zero or more" })) ?? 0;
      return { ...none, job: { duration_seconds, energy_kilowatt_hours }, source: "measured energy, as entered" };
    }
    case "power": {
      const power_watts = field("power", (text) => number(text, { least: 0, what: "watts, zero or more" })) ?? 0;
      return { ...none, job: { duration_seconds, power_watts }, source: "measured power, as entered" };
    }
    default: {
      const { profile } = known;
      if (!profile) field("profile", () => fail("there is no measured power yet: add a file, or read the exporter"));
      return { ...none, job: { duration_seconds, profile: profile?.profile ?? [] }, source: `measured power, from ${profile?.name}` };
    }
  }
}

/**
 * The part of the paper that has the numbers of a job: the DenseNets' durations are read from figures.
 * @param {string | undefined} job
 */
function placeInPaper(job) {
  return job?.startsWith("densenet_") ? "energy from Table 2, duration from Figures 8 to 10" : "Table 2";
}

/** The costs and limits of pauses. @param {Field} field @returns {import("../types.js").PauseCosts} */
function parsePauseCosts(field) {
  const optional = /** @param {(text: string) => number} parse */ (parse) => (/** @type {string} */ text) => text.trim() ? parse(text) : 0;
  const mostPauses = (/** @type {string} */ text) => text.trim() ? number(text, { least: 0, most: 1e6, whole: true, what: "a whole number of pauses, or nothing for no limit" }) : null;
  return {
    energy_kilowatt_hours: field("pauseEnergy", optional((text) => number(text, { least: 0, what: "kilowatt-hours, zero or more" }))) ?? 0,
    time_seconds: field("pauseTime", optional(seconds)) ?? 0,
    paused_power_watts: field("pausedPower", optional((text) => number(text, { least: 0, what: "watts, zero or more" }))) ?? 0,
    least_run_seconds: field("leastRun", optional(seconds)) ?? 0,
    most_pauses: field("mostPauses", mostPauses) ?? null,
    milestones: [],
  };
}

/**
 * The terms of embodied carbon, and the source of the kilograms.
 * @param {Question} question
 * @param {{gpus: number | null, embodiedKilograms: number | null, embodiedSource: string}} work
 * @param {Field} field
 */
function parseEmbodied(question, work, field) {
  const entered = question.embodiedKilograms?.trim();
  const kilograms = entered
    ? field("embodiedKilograms", (text) => number(text, { least: 0, what: "kilograms for each GPU, zero or more" }))
    : work.embodiedKilograms ?? field("embodiedKilograms", () => fail("no figure is published for this GPU: enter the kilograms of one, or leave embodied carbon out"));
  const gpus = question.embodiedGpus?.trim() || work.gpus === null
    ? field("embodiedGpus", (text) => number(text, { least: 1, most: 1e6, whole: true, what: "a whole number of GPUs, 1 or more" }))
    : work.gpus;
  const years = field("lifetime", (text) => number(text, { above: 0, most: 100, what: "years, above 0" }));
  if (kilograms === undefined || gpus === undefined || years === undefined) return null;
  const terms = { kilograms_per_gpu: kilograms, gpus, lifetime_years: years };
  return { terms, source: entered ? "as entered" : work.embodiedSource };
}

/** Throws an error of the field. @param {string} message @returns {never} */
function fail(message) {
  throw new FieldError(message);
}
