/**
 * The answer in sentences.
 * @module
 */

/** @import { Plan } from '../types.js' */
/** @import { Choice } from './choices.js' */
import { bestChoice, choices, extent, pauses } from "./choices.js";
import { clock, count, day, less, mass, span, when } from "../ui/format.js";

/** Savings below this ratio get no sentence. */
const LEAST_SAVING = 0.001;

/**
 * One sentence with the first thing to do, and others with what else would help.
 *
 * @param {Plan} plan
 * @param {string} zone IANA
 * @returns {{headline: string, others: string[], first: Choice | null}} first: the choice of the headline
 */
export function summarize(plan, zone) {
  const list = choices(plan);
  const now = list.find(({ key }) => key === "now");
  if (!now) return { headline: "", others: [], first: null };
  if (now.grams === 0) return { headline: "Started now, the job emits nothing: there is nothing to save.", others: [], first: now };

  const helps = (/** @type {Choice | undefined} */ choice) => (choice?.saving ?? 0) >= LEAST_SAVING;
  const by = (/** @type {string} */ key) => list.find((choice) => choice.key === key);
  const [start, paused, region, all] = [by("start"), by("pauses"), by("region"), by("all")];

  /** @type {string[]} */
  const sentences = [];
  /** @type {Choice[]} */
  const said = [];
  const add = (/** @type {Choice} */ choice) => {
    sentences.push(sentence(choice, sentences.length === 0 ? now : undefined, zone));
    said.push(choice);
  };
  if (start && helps(start)) add(start);
  if (paused && helps(paused) && better(paused, start)) add(paused);
  if (sentences.length === 0) said.push(now);
  if (sentences.length === 0) sentences.push(`Start now: waiting and pausing would not help. The job emits ${mass(now.grams)}.`);
  if (region && helps(region)) add(region);
  if (all && helps(all) && bestChoice(list) === all) add(all);
  const [headline = "", ...others] = sentences;
  return { headline, others, first: said[0] ?? now };
}

/**
 * True where a choice emits less than another one.
 *
 * @param {Choice} one
 * @param {Choice | undefined} other
 * @returns {boolean}
 */
function better(one, other) {
  return !other || one.grams < other.grams;
}

/**
 * The sentence of one choice.
 *
 * @param {Choice} choice
 * @param {Choice | undefined} now the immediate start to compare with; undefined where an earlier sentence has it
 * @param {string} zone
 * @returns {string}
 */
function sentence(choice, now, zone) {
  const { key, grams, region, saving } = choice;
  const { start } = extent(choice);
  const time = `${clock(start, zone)} on ${day(start, zone)}`;
  const change = less(saving);
  const amount = now ? `${mass(grams)} instead of ${mass(now.grams)}` : mass(grams);
  const pauseCount = count(pauses(choice), "pause");
  switch (key) {
    case "start":
      return `Start at ${time} and the job emits ${amount}: ${change}.`;
    case "pauses":
      return `With ${pauseCount} from ${time} it emits ${amount}: ${change}.`;
    case "region":
      return `Started now, but in ${region}: ${mass(grams)}, ${change}.`;
    case "all":
      return `All together, in ${region} from ${time} with ${pauseCount}: ${mass(grams)}, ${change}.`;
    case "now":
      return `Started now, it emits ${mass(grams)}.`;
  }
}

/**
 * A message of the engine as a sentence, with its times in the reader's zone, and long durations in days.
 *
 * @param {string} text
 * @param {string} zone IANA
 * @returns {string}
 */
export function asSentence(text, zone) {
  const local = text.replaceAll(/\b\d{4}-\d\d-\d\dT[\d:.]+Z/g, (time) => when(time, zone))
    .replaceAll(/\b(\d+(?:\.\d+)?) h\b/g, (_, hours) => span(Number(hours) * 3600));
  return `${local.charAt(0).toUpperCase()}${local.slice(1)}.`;
}

/**
 * A message of the engine with its times in the reader's zone, each with its year.
 *
 * @param {string} text
 * @param {string} zone IANA
 * @returns {string}
 */
export function inZone(text, zone) {
  return text.replaceAll(/\b\d{4}-\d\d-\d\dT[\d:.]+Z/g, (time) => `${day(time, zone, { year: true, short: true })} ${clock(time, zone)}`);
}
