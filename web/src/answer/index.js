/**
 * The answer: the savings of waiting, pausing and moving, in sentences, tables and charts.
 * @module
 */

/** @import { Answer, Model, Year } from "../types.js" */
/** @import { Choice } from "./choices.js" */
import { choices, regionOf } from "./choices.js";
import { choicesTable } from "./choices_table.js";
import { fill, h } from "../ui/dom.js";
import { lazyDetails } from "../ui/lazy_details.js";
import { equivalentsTables } from "./equivalents.js";
import { heatMap } from "./heat_map.js";
import { createIntensity } from "./intensity.js";
import { limits } from "./limits.js";
import { createLiveRegion } from "./live_region.js";
import { createPauseCosts } from "./pause_costs.js";
import { ranking } from "./regions.js";
import { createSavingsCurve } from "./savings_curve.js";
import { asSentence, summarize } from "./summary.js";
import { yearDistribution } from "./year_distribution.js";

/**
 * Creates the answer, hidden until there is a plan.
 *
 * @param {HTMLElement} root
 * @returns {Answer}
 */
export function createAnswer(root) {
  const liveRegion = createLiveRegion();
  const problem = h("p", { class: "problem", hidden: true });
  const progress = h("progress", { max: 1, "aria-label": "Analysing the year" });
  const headline = h("p", { class: "headline" });
  const others = h("ul", { class: "others" });
  const warnings = h("div");
  const part = () => h("div");
  const [choiceRows, regions, distribution, heat, equivalents, limitList] = [part(), part(), part(), part(), part(), part()];
  const [schedule, factors] = [lazyDetails("The schedule as text"), lazyDetails("The equation, with every factor")];
  const intensity = createIntensity();
  const curve = createSavingsCurve();
  const costs = createPauseCosts();

  const sections = {
    regions: section("Regions", regions),
    distribution: section("Every start of the year", distribution),
    curve: section("Savings by extra time", curve.element),
    heat: section("Emissions by hour and month", heat),
    costs: section("Emissions by the energy of a pause", costs.element),
    equivalents: section("Equivalents", equivalents),
  };
  const { regions: rankingSection, equivalents: equivalentsSection, ...analyses } = sections;
  const body = h(
    "div",
    { class: "answer", hidden: true },
    h("div", { class: "summary" }, h("h2", null, "Answer"), headline, others),
    warnings,
    choiceRows,
    intensity.element,
    schedule.element,
    rankingSection,
    progress,
    h("div", { class: "side-by-side" }, ...Object.values(analyses), equivalentsSection),
    factors.element,
    section("Limits of these numbers", limitList),
  );
  progress.hidden = true;
  analyses.heat.classList.add("wide");
  root.classList.add("answer-root");
  root.append(liveRegion.element, problem, body);

  /** @type {Model | undefined} */
  let model;
  /** @type {Map<string, Year>} */
  let years = new Map();

  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let detailTimer;

  /** Hides the analyses of another series. */
  function hideAnalyses() {
    years = new Map();
    for (const part of Object.values(analyses)) part.hidden = true;
  }

  /**
   * Shows the parts below the choices: after these are on the screen, and for the latest question alone.
   *
   * @param {Model} next
   * @param {Choice[]} list
   */
  function showDetails(next, list) {
    intensity.show(next, list);
    schedule.set(async () => (await import("./schedule_text.js")).scheduleParts(list, next));
    fill(regions, ranking(next.plan, years));
    fill(equivalents, equivalentsTables(next, list));
    equivalentsSection.hidden = !equivalents.hasChildNodes();
    factors.set(async () => (await import("./equation.js")).equation(next, list));
    fill(limitList, limits(next));
  }

  return {
    show(next) {
      if (next.home.checksum !== model?.home.checksum || next.home.name !== model.home.name) hideAnalyses();
      for (const part of Object.values(analyses)) part.toggleAttribute("data-stale", true);
      model = next;
      const { plan, zone } = next;
      const list = choices(plan);
      const { headline: first, others: rest } = summarize(plan, zone);
      problem.hidden = true;
      const isFirst = body.hidden;
      body.hidden = false;
      const sentences = plan.warnings.map((text) => asSentence(text, zone));
      fill(headline, first);
      fill(
        others,
        rest.map((text) => h("li", null, text)),
      );
      fill(
        warnings,
        plan.warnings.length > 0 &&
          h(
            "div",
            { class: "warning" },
            sentences.map((text) => h("p", null, text)),
          ),
      );
      fill(choiceRows, choicesTable(next, list));
      clearTimeout(detailTimer);
      if (isFirst) showDetails(next, list); // shown later, they would move the parts below
      else detailTimer = setTimeout(() => showDetails(next, list));
      liveRegion.announce([first, ...sentences].join(" "));
    },
    showYear({ regions: analysed }) {
      years = new Map(analysed.map(({ name, year }) => [name, year]));
      if (!model) return;
      fill(regions, ranking(model.plan, years));
      const [year, plan] = [years.get(model.home.name), regionOf(model.plan, model.home.name)];
      fill(distribution, year && plan ? yearDistribution(year, plan) : []);
      fill(heat, year ? heatMap(model.home.name, year.heat_map) : []);
      reveal(analyses.distribution, distribution.hasChildNodes());
      reveal(analyses.heat, heat.hasChildNodes());
    },
    showCurve(next) {
      reveal(analyses.curve, true);
      curve.show(next);
    },
    showPauseCosts(next) {
      reveal(analyses.costs, true);
      costs.show(next);
    },
    busy(fraction) {
      progress.hidden = fraction === null;
      if (fraction !== null) progress.value = fraction;
      else for (const part of Object.values(analyses)) part.hidden ||= part.hasAttribute("data-stale");
    },
    fail(message) {
      problem.hidden = false;
      progress.hidden = true;
      fill(problem, body.hidden ? message : `${message} The last answer is still shown below.`);
      liveRegion.announce(message);
    },
  };
}

/**
 * Shows a part that is up to date, or hides it where it has no content.
 *
 * @param {HTMLElement} part
 * @param {boolean} hasContent
 */
function reveal(part, hasContent) {
  part.hidden = !hasContent;
  part.removeAttribute("data-stale");
}

/**
 * @param {string} title
 * @param {...HTMLElement} children
 * @returns {HTMLElement}
 */
function section(title, ...children) {
  return h("section", null, h("h2", null, title), ...children);
}
