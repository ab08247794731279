/**
 * A paragraph that states the job's emissions in a paper: as plain text, in LaTeX, and its sources in BibTeX.
 * @module
 */

/** @import { Model, Series } from "../types.js" */
/** @import { Choice } from "../answer/choices.js" */
import { extent, pauses } from "../answer/choices.js";
import { GPUS_ONLY } from "../state/boundary.js";
import { clock, count, day, digits, energy, intensity, mass, percent, span } from "../ui/format.js";

/** BibTeX keys of the sources; {@link dataKey} gives those of the data. */
const METHOD = "dodge2022measuring";
const TOOL = "gpucarbon";

/**
 * The statement as sentences, with citations of its sources.
 *
 * @param {Model} model
 * @param {Choice} choice the plan that was run
 * @param {(key: string) => string} cite the citation of a source's key
 * @returns {string}
 */
export function statement(model, choice, cite) {
  const { plan, figures, embodied, factors, unit } = model;
  const data = dataOf(model, choice);
  const name = oneLine(data.name);
  const { start, end } = extent(choice);
  const utc = (/** @type {string} */ time) => `${clock(time, "UTC")} UTC on ${day(time, "UTC", { year: true })}`;
  const score = figures[choice.key]?.score;
  const mean = score?.intensity_grams_per_kilowatt_hour ?? null;
  const embodiedGrams = score?.embodied_grams ?? null;
  const future = Date.parse(end) > Date.now();
  const sentences = [
    `The ${counted(factors)} of the job ${future ? "will use" : "used"} ${energy(plan.job.energy_kilowatt_hours)} (${oneLine(factors.job)}) in ${span(plan.job.duration_seconds)} of work, from ${utc(start)} to ${utc(end)}` +
      `${pauses(choice) > 0 ? ` with ${count(pauses(choice), "pause")}` : ""}.`,
    `With a power usage effectiveness of ${digits(plan.power_usage_effectiveness)} and the location-based ${data.signal} carbon intensity of ${name} every ${span(data.stepSeconds)} ` +
      `${cite(dataKey(data))}${mean === null ? "" : `, ${intensity(mean)} on average over the job`}, the job ${future ? "is planned to emit" : "emitted"} ${mass(choice.grams)}${ofGas(data)}${ofPauses(model, choice)}, by the method of Dodge et al. ${cite(METHOD)}, computed with gpu-carbon ${cite(TOOL)}.`,
    choice.saving !== null && choice.saving > 0
      ? `Started at the earliest time and without pauses${choice.region === plan.home_region ? "" : `, in ${oneLine(plan.home_region)}`}, it would ${future ? "emit" : "have emitted"} ${mass(baseline(model))}: the schedule ${future ? "is planned to save" : "saved"} ${percent(choice.saving)}.`
      : "",
    embodiedGrams !== null && embodied
      ? `The job’s share of the manufacture of its ${embodied.gpus} GPUs adds ${mass(embodiedGrams)} (${digits(embodied.kilogramsPerGpu)}\u202fkg for each GPU, over ${embodied.lifetimeYears} years; source: ${oneLine(embodied.source)}).`
      : "Emissions of manufacture are not included.",
    `The figures cover ${covered(factors)}${withServers(factors) ? ", without the network" : ", without the rest of the servers and the network"}, and count no offsets.`,
    score ? scoreSentence(score, unit, counted(factors)) : "",
  ];
  return sentences.filter(Boolean).join(" ");
}

/**
 * The score with its boundary.
 *
 * @param {import("../types.js").Score} score
 * @param {string} unit the functional unit
 * @param {string} what the devices whose energy counts
 * @returns {string}
 */
function scoreSentence(score, unit, what) {
  return `Software Carbon Intensity (ISO/IEC 21031): ${digits(score.grams_per_unit)}\u202fg of CO2e per ${unit}, ${score.embodied_grams === null ? "without M" : "with M"}; boundary: the ${what} and their share of the data centre's overhead.`;
}

/** @typedef {Pick<import("../types.js").Factors, "what" | "boundary">} Counted */

/** True where the servers around the GPUs are within the boundary. @param {Counted} factors */
function withServers({ boundary = GPUS_ONLY }) {
  return boundary.percent !== null;
}

/** The things whose energy counts. @param {Counted} factors */
function counted(factors) {
  return withServers(factors) ? "servers" : factors.what ?? "GPUs";
}

/** The boundary, after "cover". @param {Counted} factors */
function covered(factors) {
  const { what = "GPUs", boundary = GPUS_ONLY } = factors;
  if (!withServers(factors)) return `the ${what} alone`;
  return `the servers, whose energy is that of the ${what} divided by their share of a server's power, ${boundary.percent}\u202f% (${boundary.source})`;
}

/** The gas that the intensity counts, after a mass; nothing where it is unknown. @param {Series} data */
function ofGas({ scope }) {
  if (scope === undefined) return "";
  return scope === "co2_direct" ? " of CO2" : " of CO2e";
}

/**
 * The statement by the yearly level of the region's grid, where no hourly data of the job's time are known.
 *
 * @param {import("../types.js").ByLevel} level
 * @returns {string}
 */
export function levelStatement({ job, what, boundary, energyKilowattHours, duration, pue, pueSource, place, zone, grams, gramsPerKilowattHour, year, credit, start, score, unit }) {
  const future = start + duration * 1000 > Date.now();
  const factors = { what, boundary };
  return `The ${counted(factors)} of the job ${future ? "will use" : "used"} ${energy(energyKilowattHours)} (${oneLine(job)}) in ${span(duration)} of work in ${oneLine(place)}. ` +
    `With a power usage effectiveness of ${digits(pue)} (${oneLine(pueSource)}) and the mean location-based carbon intensity of the grid of ${oneLine(zone)} in ${year}, ${intensity(gramsPerKilowattHour)} of CO2e over the life cycle (${credit}), ` +
    `the job ${future ? "will emit" : "emitted"} ${mass(grams)} of CO2e: energy times PUE times intensity. ${score?.embodied_grams ? `The job’s share of the manufacture of its GPUs adds ${mass(score.embodied_grams)}.` : "Emissions of manufacture are not included."} ` +
    `The figures cover ${covered(factors)}, and count no offsets.${score ? ` ${scoreSentence(score, unit, counted(factors))}` : ""}`;
}

/**
 * A warning where the intensity is of other years than the job; else empty.
 *
 * @param {Model} model
 * @param {Choice} choice
 * @returns {string}
 */
export function otherYearWarning({ recordedDay }, choice) {
  if (!recordedDay) return "";
  const [recorded, asked] = [extent(choice).start, recordedDay.start].map((time) => day(time, "UTC", { year: true }).split(" ").at(-1));
  return `This plan is of a recorded day of ${recorded}, and the job is of ${asked}: do not publish it as the job's own. The statement by the yearly level is the better one.`;
}

/**
 * The statement in LaTeX.
 *
 * @param {Model} model
 * @param {Choice} choice
 * @returns {string}
 */
export function latex(model, choice) {
  // Citations must not be escaped: they are inserted afterwards.
  const text = statement(model, choice, (key) => `\u0001${key}\u0002`);
  const body = escaped(text)
    .replaceAll("\u202f", "\\,")
    .replaceAll("CO2", "CO\\textsubscript{2}")
    .replaceAll("\u2212", "$-$")
    .replaceAll(/\u0001(.*?)\u0002/g, (_, key) => `\\cite{${key}}`);
  return `\\paragraph{Carbon emissions.} ${body}\n`;
}

/**
 * The statement in plain text.
 *
 * @param {Model} model
 * @param {Choice} choice
 * @returns {string}
 */
export function plainStatement(model, choice) {
  const data = dataOf(model, choice);
  const sources = /** @type {Record<string, string>} */ ({
    [METHOD]: "(FAccT 2022)",
    [TOOL]: "",
    [dataKey(data)]: `(${data.attribution ?? data.source}; checksum ${data.checksum})`,
  });
  return statement(model, choice, (key) => sources[key] ?? "").replaceAll(/ (?=[,.])/g, "");
}

/**
 * The sources of the statement in BibTeX.
 *
 * @param {Model} model
 * @param {Choice} choice
 * @returns {string}
 */
export function bibtex(model, choice) {
  const data = dataOf(model, choice);
  const years = [data.startMilliseconds, data.endMilliseconds - 1].map((time) => day(time, "UTC", { year: true }));
  return `@inproceedings{${METHOD},
  author = {Dodge, Jesse and Prewitt, Taylor and Tachet des Combes, Remi and Odmark, Erika and Schwartz, Roy and Strubell, Emma and Luccioni, Alexandra Sasha and Smith, Noah A. and DeCario, Nicole and Buchanan, Will},
  title = {Measuring the Carbon Intensity of {AI} in Cloud Instances},
  booktitle = {Proceedings of the 2022 ACM Conference on Fairness, Accountability, and Transparency},
  series = {FAccT '22},
  year = {2022},
  pages = {1877--1894},
  doi = {10.1145/3531146.3533234}
}

@misc{${TOOL},
  title = {gpu-carbon: the carbon intensity of {GPU} jobs, measured and planned},
  note = {Software, Apache-2.0 licence}
}

@misc{${dataKey(data)},
  title = {Carbon intensity of {${escaped(oneLine(data.name))}}, ${data.signal}, ${years.join(" to ")}},
  note = {${escaped(data.attribution ?? data.source)}. Every ${escaped(span(data.stepSeconds)).replaceAll("\u202f", "~")}, checksum ${data.checksum}}
}
`;
}

/**
 * The series of the choice's region.
 *
 * @param {Model} model
 * @param {Choice} choice
 * @returns {Series}
 */
function dataOf({ series, home }, { region }) {
  return series.find(({ name }) => name === region) ?? home;
}

/**
 * Text in one line, without control characters.
 *
 * @param {string} text
 */
function oneLine(text) {
  return text.replaceAll(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, " ");
}

/**
 * The emissions of the pauses, where they have a cost.
 *
 * @param {Model} model
 * @param {Choice} choice
 */
function ofPauses({ plan }, choice) {
  const grams = plan.regions.find(({ name }) => name === choice.region)?.pause_and_resume.costs?.pause_emissions_grams ?? 0;
  return pauses(choice) > 0 && grams > 0 ? `, ${mass(grams)} of that by pausing` : "";
}

/** BibTeX key of a series. @param {Series} series */
function dataKey({ name, checksum }) {
  return `intensity-${name.replaceAll(/[^A-Za-z0-9-]/g, "")}-${checksum}`;
}

/** Emissions of the home region's immediate start, grams. @param {Model} model */
function baseline({ plan }) {
  return plan.regions.find(({ name }) => name === plan.home_region)?.baseline.emissions_grams ?? 0;
}

/** The characters that are special in LaTeX. @type {Record<string, string>} */
const SPECIAL = {
  "\\": "\\textbackslash{}",
  "~": "\\textasciitilde{}",
  "^": "\\textasciicircum{}",
  "&": "\\&",
  "%": "\\%",
  $: "\\$",
  "#": "\\#",
  _: "\\_",
};

/**
 * Text escaped for LaTeX. BibTeX counts braces, escaped or not: they become parentheses.
 *
 * @param {string} text
 */
function escaped(text) {
  return text
    .replaceAll("{", "(")
    .replaceAll("}", ")")
    .replaceAll(/[\\~^&%$#_]/g, (sign) => SPECIAL[sign] ?? sign);
}
