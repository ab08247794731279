/** The request to the engine from the values of the form, or the errors by field. */

import gpus from "../../../crates/feeds/data/gpus.json";
import { PROVIDERS, regionsOf } from "../regions/map.js";
import { offset } from "../ui/format.js";
import { hostShare, parseBoundary } from "./boundary.js";
import { OWN, readDevices } from "./devices.js";
import { FieldError, number, quoted, seconds, windowOf } from "./quantity.js";
import { offsetMilliseconds, timesOf, toMilliseconds } from "./zone.js";

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
 * @property {import("../regions/map.js").Region | undefined} region the reader's own
 * @property {number} now epoch milliseconds
 */

/**
 * A request whose power may still be in terms of GPUs: the engine computes the watts.
 * @typedef {object} Draft
 * @property {import("../types.js").Request} request
 * @property {import("../engine/pkg/gpu_carbon_wasm.js").Boards[] | null} boards
 * @property {{kilograms_per_gpu: number, gpus: number, lifetime_years: number} | null} embodied
 * @property {{prices: Map<string, number> | number | null, gigabytes: number, usdPerGigabyte: number}} money prices: of an hour, everywhere or by region
 * @property {number} units number of functional units of the job
 * @property {number | null} gpus
 * @property {import("../types.js").Factors & {embodied: string, boundary: import("./boundary.js").Boundary}} factors
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
  field("zone", (zone) => offsetMilliseconds(known.now, zone || "UTC"));
  const work = parseWork(question, known, field);
  const boundary = parseBoundary(question, field);
  const request = {
    job: /** @type {import("../types.js").Request["job"]} */ (work.job),
    start: field("start", (text) => rfc3339(startOf(question.when ?? "at", text, question.zone ?? "UTC", known.now))) ?? "",
    window_seconds: field("window", (text) => windowOf(text, work.job.duration_seconds)) ?? 0,
    power_usage_effectiveness: field("pue", (text) => number(text.trim() ? text : publishedPue(known.region)?.value ?? text, known.facts.pue)) ?? 1,
    host_share: hostShare(boundary),
    signal: /** @type {const} */ ("marginal"), // replaced by the signal of the home region when the engine plans
    home_region: question.home || null,
    pause_costs: question.canPause ? parsePauseCosts(field) : NO_PAUSES,
  };
  const embodied = question.embodied ? parseEmbodied(question, work, field) : null;
  const factors = { job: work.source, what: whatOf(question), boundary, pue: pueSource(question.pue ?? "", known.region), embodied: embodied?.source ?? "" };
  const units = question.unit === "job" ? 1 : field("units", (text) => number(text, { above: 0, what: "a number of units above 0" })) ?? 1;
  const optional = (/** @type {string} */ name, /** @type {string} */ unit, /** @type {string} */ what) => field(name, (text) => (text.trim() ? number(text, { least: 0, unit, what }) : 0)) ?? 0;
  const money = {
    prices: field("price", parsePrices) ?? null,
    gigabytes: optional("moveGigabytes", "GB", "gigabytes, zero or more"),
    usdPerGigabyte: optional("movePrice", "USD", "USD for each gigabyte, zero or more"),
  };
  const draft = { request, money, boards: work.boards, units, embodied: embodied?.terms ?? null, gpus: work.gpus, factors };
  return { draft: problems.size ? null : draft, problems };
}

/** The costs of pauses of a job that cannot pause. @type {import("../types.js").PauseCosts} */
const NO_PAUSES = Object.freeze({ energy_kilowatt_hours: 0, time_seconds: 0, paused_power_watts: 0, least_run_seconds: 0, most_pauses: 0, milestones: [] });

/**
 * The earliest start: the next full minute, or the time that was typed.
 * @param {string} when @param {string} text @param {string} zone @param {number} now
 */
export function startOf(when, text, zone, now) {
  return when === "now" ? Math.ceil(now / 60_000) * 60_000 : toMilliseconds(text, zone);
}

/** A hint where the clocks show a time twice; else empty. @param {string} text @param {string} zone */
export function twiceHint(text, zone) {
  try {
    const [first, second] = timesOf(text, zone);
    if (first === undefined || second === undefined) return "";
    return `The clocks show this time twice: the first is meant (${offset(first, zone)}), not the second (${offset(second, zone)}).`;
  } catch {
    return ""; // the error of the field says more
  }
}

/** A time as the engine takes it. @param {number} milliseconds */
export function rfc3339(milliseconds) {
  return new Date(milliseconds).toISOString().replace(".000Z", "Z");
}

/** The PUE that the operator of a region publishes; that of an unknown data centre elsewhere. @param {import("../regions/map.js").Region | undefined} region */
export function publishedPue(region) {
  const operator = PROVIDERS.find(({ id }) => id === region?.provider)?.operator;
  return gpus.pues.find(({ name }) => name === operator);
}

/** The least and the greatest PUE that operators publish; 1 stands for the GPUs alone. @returns {[number, number]} */
export function publishedPues() {
  const values = gpus.pues.map(({ value }) => Number(value)).filter((value) => value > 1);
  return [Math.min(...values), Math.max(...values)];
}

/** The publisher of a PUE; of an empty one, the operator of the region. @param {string} text @param {import("../regions/map.js").Region | undefined} region */
export function pueSource(text, region) {
  const known = text.trim() ? gpus.pues.find((pue) => Number(pue.value) === Number(text)) : publishedPue(region);
  if (!known) return "as entered";
  return known.source.startsWith(`${known.name},`) ? known.source : `${known.name} (${known.source})`;
}

/** The groups of the table whose devices are no GPUs, or may be none. */
const NO_GPUS = ["Other accelerators", "CPU"];

/** What the job's energy is that of. @param {Question} question @returns {"GPUs" | "devices"} */
function whatOf({ work, gpu, devices }) {
  if (work !== "gpus") return "GPUs";
  const group = gpus.models.find(({ id }) => id === gpu)?.group ?? NO_GPUS[0];
  return devices || NO_GPUS.includes(group ?? "") ? "devices" : "GPUs";
}

/** @typedef {<T>(field: string, parse: (text: string) => T) => T | undefined} Field parses a field, or notes its error */

/**
 * The job's energy or power, by the way in which it is known.
 * @param {Question} question
 * @param {Known} known
 * @param {Field} field
 * @returns {{job: {duration_seconds: number, energy_kilowatt_hours?: number, power_watts?: number, profile?: [number, number][]}, boards: Draft["boards"], gpus: number | null, embodiedKilograms: number | null, embodiedSource: string, source: string}}
 */
function parseWork(question, known, field) {
  const none = { boards: null, gpus: null, embodiedKilograms: null, embodiedSource: "" };
  if (question.work === "paper") {
    const job = known.facts.paperJobs.find(({ name }) => name === question.paper);
    if (!job) field("paper", () => fail(`the paper has no job “${question.paper}”`));
    const gpus = Number.parseInt(job?.gpus ?? "", 10);
    const source = `${job?.title}, ${job?.gpus}: Dodge et al. 2022, ${placeInPaper(question.paper)}`;
    const { duration_seconds = 0, energy_kilowatt_hours = 0 } = job ?? {};
    return { ...none, gpus, job: { duration_seconds, energy_kilowatt_hours }, source };
  }
  const duration_seconds = field("duration", (text) => seconds(text, { positive: true, bare: true })) ?? 0;
  switch (question.work) {
    case "gpus": {
      const own = question.gpu === OWN;
      const model = gpus.models.find(({ id }) => id === question.gpu);
      if (!model && !own) field("gpu", () => fail(`the table has no GPU “${question.gpu}”`));
      const watts = own ? field("boardWatts", (text) => number(text, { above: 0, most: 1e5, unit: "W", what: "watts of one device, above 0" })) ?? 0 : model?.watts ?? 0;
      const count = field("count", (text) => number(text, { least: 1, most: 1e6, whole: true, what: "a whole number of GPUs, 1 to 1,000,000" })) ?? 1;
      const percent = field("utilisation", (text) => number(text, { above: 0, most: 100, unit: "%", what: "percent of the board power, above 0 and up to 100" })) ?? 100;
      const others = field("devices", parseDevices) ?? [];
      const kinds = [{ name: own ? "devices" : model?.name ?? "", watts, count, source: own ? "as entered" : model?.source ?? "" }, ...others];
      const boards = kinds.map((kind) => ({ board_watts: kind.watts, count: kind.count, utilisation_percent: percent }));
      const source = kinds.map((kind) => `${kind.count} ${kind.name} at ${percent} % of ${kind.watts} W board power (${kind.source})`).join(", ");
      return {
        ...none, job: { duration_seconds }, boards, gpus: count, source,
        embodiedKilograms: model?.embodied_kilograms ?? null, embodiedSource: model?.embodied_source ?? "",
      };
    }
    case "energy": {
      const energy_kilowatt_hours = field("energy", (text) => number(text, { least: 0, unit: "kWh", what: "kilowatt-hours, zero or more" })) ?? 0;
      return { ...none, job: { duration_seconds, energy_kilowatt_hours }, source: "measured energy, as entered" };
    }
    case "power": {
      const power_watts = field("power", (text) => number(text, { least: 0, unit: "W", what: "watts, zero or more" })) ?? 0;
      return { ...none, job: { duration_seconds, power_watts }, source: "measured power, as entered" };
    }
    default: {
      const { profile } = known;
      if (!profile) field("profile", () => fail("there is no measured power yet: add a file, or read the exporter"));
      return { ...none, job: { duration_seconds, profile: profile?.profile ?? [] }, source: `measured power, from ${profile?.name}` };
    }
  }
}

/** The prices of an hour: one for all regions, or one for each of some. @param {string} text @returns {Map<string, number> | number | null} */
function parsePrices(text) {
  const plain = text.trim();
  if (!plain) return null;
  const what = "USD for each hour, such as 98.32, or by region, such as us-east-1 98.32; eu-north-1 110";
  if (/^[\d.,\s]+(USD)?$/i.test(plain)) return number(plain, { least: 0, unit: "USD", what });
  const names = new Set(PROVIDERS.flatMap(({ id }) => regionsOf(id)).flatMap(({ id, key }) => [id.toLowerCase(), key.toLowerCase()]));
  return new Map(plain.split(/[;\n]+/).filter((part) => part.trim()).map((part) => {
    const [, id = "", price = ""] = /^\s*(\S+)\s+(\S+)\s*$/.exec(part) ?? fail(`expected ${what}, got ${quoted(part)}`);
    const usd = number(price, { least: 0, what });
    if (!names.has(id.toLowerCase())) fail(`no region has the name ${quoted(id)}`);
    return /** @type {const} */ ([id.toLowerCase(), usd]);
  }));
}

/** The further kinds of devices. @param {string} text */
function parseDevices(text) {
  return readDevices(text).map(({ id, count, watts }, index) => {
    const model = gpus.models.find((known) => known.id === id);
    if (!model && id !== OWN) fail(`kind ${index + 2}: the table has no device “${id}”`);
    const at = (/** @type {() => number} */ parse) => {
      try {
        return parse();
      } catch (error) {
        return fail(`kind ${index + 2}: ${/** @type {Error} */ (error).message}`);
      }
    };
    return {
      name: model?.name ?? "devices", source: model?.source ?? "as entered",
      count: at(() => number(count, { least: 1, most: 1e6, whole: true, what: "a whole number of devices, 1 to 1,000,000" })),
      watts: model?.watts ?? at(() => number(watts, { above: 0, most: 1e5, unit: "W", what: "watts of one device, above 0" })),
    };
  });
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
    energy_kilowatt_hours: field("pauseEnergy", optional((text) => number(text, { least: 0, unit: "kWh", what: "kilowatt-hours, zero or more" }))) ?? 0,
    time_seconds: field("pauseTime", optional(seconds)) ?? 0,
    paused_power_watts: field("pausedPower", optional((text) => number(text, { least: 0, unit: "W", what: "watts, zero or more" }))) ?? 0,
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
    ? field("embodiedKilograms", (text) => number(text, { least: 0, unit: "kg", what: "kilograms for each GPU, zero or more" }))
    : work.embodiedKilograms ?? field("embodiedKilograms", () => fail("no figure is published for this GPU: enter the kilograms of one, or leave embodied carbon out"));
  const gpus = question.embodiedGpus?.trim() || work.gpus === null
    ? field("embodiedGpus", (text) => number(text, { least: 1, most: 1e6, whole: true, what: "a whole number of GPUs, 1 to 1,000,000" }))
    : work.gpus;
  const years = field("lifetime", (text) => number(text, { above: 0, most: 100, unit: "years", what: "years, above 0" }));
  if (kilograms === undefined || gpus === undefined || years === undefined) return null;
  const terms = { kilograms_per_gpu: kilograms, gpus, lifetime_years: years };
  return { terms, source: entered ? "as entered" : work.embodiedSource };
}

/** Throws an error of the field. @param {string} message @returns {never} */
function fail(message) {
  throw new FieldError(message);
}
