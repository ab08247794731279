/**
 * The answer in plain sentences.
 * @module
 */

/** @import { Plan } from '../types.js' */
/** @import { Choice } from './choices.js' */
import { bestChoice, choices, extent, pauses } from "./choices.js";
import { clock, count, day, less, mass, when } from "./format.js";

/** What is not worth a sentence. */
const WORTH_SAYING = 0.001;

/**
 * One sentence that says what to do, and others that say what else would help.
 *
 * @param {Plan} plan
 * @param {string} zone IANA
 * @returns {{headline: string, others: string[]}}
 */
export function verdict(plan, zone) {
  const list = choices(plan);
  const now = list.find(({ key }) => key === "now");
  if (!now) return { headline: "", others: [] };
  if (now.grams === 0) return { headline: "At once it emits nothing: there is nothing to save.", others: [] };

  const helps = (/** @type {Choice | undefined} */ choice) => (choice?.saving ?? 0) >= WORTH_SAYING;
  const by = (/** @type {string} */ key) => list.find((choice) => choice.key === key);
  const [start, paused, region, all] = [by("start"), by("pauses"), by("region"), by("all")];

  /** @type {string[]} */
  const said = [];
  const inWords = (/** @type {Choice} */ choice) => sentence(choice, said.length === 0 ? now : undefined, zone);
  if (start && helps(start)) said.push(inWords(start));
  if (paused && helps(paused) && better(paused, start)) said.push(inWords(paused));
  if (said.length === 0) said.push(`Start at once: waiting and pausing would not help. It emits ${mass(now.grams)}.`);
  if (region && helps(region)) said.push(inWords(region));
  if (all && helps(all) && bestChoice(list) === all) said.push(inWords(all));
  const [headline = "", ...others] = said;
  return { headline, others };
}

/**
 * @param {Choice} one
 * @param {Choice | undefined} other
 * @returns {boolean}
 */
function better(one, other) {
  return !other || one.grams < other.grams;
}

/**
 * @param {Choice} choice
 * @param {Choice | undefined} now what it is set against; nothing where that was said before
 * @param {string} zone
 * @returns {string}
 */
function sentence(choice, now, zone) {
  const { key, grams, region, saving } = choice;
  const { start } = extent(choice);
  const moment = `${clock(start, zone)} on ${day(start, zone)}`;
  const much = less(saving);
  const amount = now ? `${mass(grams)} instead of ${mass(now.grams)}` : mass(grams);
  const broken = count(pauses(choice), "pause");
  switch (key) {
    case "start":
      return `Start at ${moment} and it emits ${amount}: ${much}.`;
    case "pauses":
      return `With ${broken} from ${moment} it emits ${amount}: ${much}.`;
    case "region":
      return `At once but in ${region}: ${mass(grams)}, ${much}.`;
    case "all":
      return `All together, in ${region} from ${moment} with ${broken}: ${mass(grams)}, ${much}.`;
    case "now":
      return `At once it emits ${mass(grams)}.`;
  }
}

/**
 * What the engine says, as a sentence of the page: its moments are told in the reader's zone.
 *
 * @param {string} text
 * @param {string} zone IANA
 * @returns {string}
 */
export function asSentence(text, zone) {
  const told = text.replaceAll(/\b\d{4}-\d\d-\d\dT[\d:.]+Z/g, (moment) => when(moment, zone));
  return `${told.charAt(0).toUpperCase()}${told.slice(1)}.`;
}
