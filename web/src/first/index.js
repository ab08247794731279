/**
 * The first screen's answers: where, when and with which pauses the job emits least, the best of them first, and the regions ranked.
 * @module
 */

/** @import { Ranked } from "./ranking.js" */
/** @import { Sentence } from "./sentences.js" */
import { createLiveRegion } from "../answer/live_region.js";
import { fill, h } from "../ui/dom.js";
import { createRanking } from "./ranking.js";
import { bestSentence } from "./sentences.js";

/**
 * The content of the first screen.
 * @typedef {object} FirstModel
 * @property {Sentence[]} sentences
 * @property {string[]} others further sentences, without a basis of their own
 * @property {(Node | string)[]} notes what belongs beside the answers: ranges, what a policy keeps, ways to data
 * @property {string[]} warnings
 * @property {Ranked | null} ranked the regions of the provider; null where the question names none
 */

/** Number of regions up to which a wide screen shows all of them: those of each provider, but not all the zones of the world. */
const MOST_AT_ONCE = 100;

/** The name of a region in a sentence, as in "Stockholm (eu-north-1):". It stands in one line where it has room. */
const NAME = /(\([^()\s]+\)[:;,.]?)/;

const TITLES = Object.freeze({ where: "Where", when: "When", pauses: "Pauses" });

/**
 * Creates the answers, empty until there are some.
 * @param {HTMLElement} root
 */
export function createFirst(root) {
  const liveRegion = createLiveRegion();
  const problem = h("p", { class: "problem", hidden: true });
  const answers = h("div", { class: "answers" });
  const warnings = h("div");
  const notes = h("div", { class: "notes" });
  const places = h("div", { class: "ranking" });
  root.append(liveRegion.element, problem, h("div", { class: "first" }, h("div", { class: "summary" }, answers, warnings, notes), places));
  /** @type {FirstModel | undefined} */
  let model;
  const isWide = matchMedia("(min-width: 44rem)").matches;
  /** True where the reader asked for the whole list, false for the short one; null: neither. @type {boolean | null} */
  let asked = null;

  const showsAll = (/** @type {Ranked} */ { regions }) => asked ?? (isWide && regions.length <= MOST_AT_ONCE);
  const ranking = createRanking(places, () => {
    if (model?.ranked) asked = !showsAll(model.ranked);
    showPlaces();
  });

  function showPlaces() {
    const ranked = model?.ranked;
    places.hidden = !ranked;
    if (!ranked) return;
    ranking.show(ranked, showsAll(ranked));
  }

  return {
    /** Shows the answers, and announces the best of them. @param {FirstModel} next @returns {Sentence | undefined} the best answer */
    show(next) {
      const samePlaces = model?.ranked === next.ranked && model !== undefined;
      model = next;
      problem.hidden = true;
      const best = bestSentence(next.sentences);
      const others = next.sentences.filter((sentence) => sentence !== best);
      fill(answers, best && article(best, true), others.map((sentence) => article(sentence, false)),
        next.others.length > 0 && h("ul", { class: "others" }, next.others.map((text) => h("li", null, text))));
      fill(warnings, next.warnings.length > 0 && h("div", { class: "warning" }, next.warnings.map((text) => h("p", null, text))));
      fill(notes, next.notes.map((note) => (typeof note === "string" ? h("p", { class: "note" }, note) : note)));
      if (!samePlaces) showPlaces();
      liveRegion.announce([...(best ? [best.text] : []), ...next.warnings].join(" "));
      return best;
    },

    /** Shows why there is no new answer, and a way to the wrong field; the last answer stays. @param {string} message @param {HTMLElement | null} [field] */
    fail(message, field = null) {
      problem.hidden = false;
      const go = field && h("button", { type: "button", class: "plain", click: () => goTo(field) }, "Go to the field");
      fill(problem, message, go && [" ", go], model ? " The last answer is still shown below." : null);
      liveRegion.announce(message);
    },

    /** Announces something that has been done. @param {string} text */
    announce: (text) => liveRegion.announce(text),
  };
}

/** Focuses a field, and opens the folds around it. @param {HTMLElement} field */
function goTo(field) {
  for (let fold = field.closest("details"); fold; fold = fold.parentElement?.closest("details") ?? null) fold.open = true;
  // A field that is not seen stands for several that are.
  const seen = field instanceof HTMLInputElement && field.type === "hidden" ? field.parentElement?.querySelector("select") ?? field : field;
  seen.focus();
  seen.scrollIntoView({ block: "center" });
}

/** @param {Sentence} sentence @param {boolean} best */
function article({ key, text, basis, pending }, best) {
  return h(
    "div",
    { class: best ? "one best" : "one", "data-answer": pending ? null : key, "aria-busy": pending ? "true" : null },
    h("h2", null, TITLES[key]),
    h("p", { class: best ? "headline" : "sentence" }, text.split(NAME).map((part, index) => (index % 2 ? h("span", { class: "whole" }, part) : part))),
    h("p", { class: "basis" }, basis),
  );
}
