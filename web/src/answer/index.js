/**
 * The answer: the savings of waiting, pausing and moving, in sentences, tables and charts.
 * @module
 */

/** @import { Answer, Model, Year } from "../types.js" */
/** @import { Choice } from "./choices.js" */
import { choices, regionOf } from "./choices.js";
import { choicesTable } from "./choices_table.js";
import { fill, h } from "../ui/dom.js";
import { day, mass } from "../ui/format.js";
import { lazyDetails } from "../ui/lazy_details.js";
import { equivalentsTables } from "./equivalents.js";
import { heatMap } from "./heat_map.js";
import { createIntensity } from "./intensity.js";
import { limits } from "./limits.js";
import { createPauseCosts } from "./pause_costs.js";
import { LEVEL_YEAR, seriesTitle } from "../regions/map.js";
import { ranking } from "./regions.js";
import { createSavingsCurve } from "./savings_curve.js";
import { yearDistribution } from "./year_distribution.js";

/**
 * Creates the answer, hidden until there is a plan.
 *
 * @param {HTMLElement} root
 * @returns {Answer}
 */
export function createAnswer(root) {
  const progress = h("progress", { max: 1, "aria-label": "Analysing the year" });
  const title = h("h2");
  const about = h("p", { class: "note" });
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
    title,
    about,
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
  root.append(body);

  /** @type {Model | undefined} */
  let model;
  /** @type {Map<string, Year>} */
  let years = new Map();
  /** The title of a series: that of a recorded year in words, that of a file by its name. @param {string} name */
  const titleOf = (name) => (model?.series.some((series) => series.name === name && series.kind === "pack") ? seriesTitle(name) : name);
  const canPause = () => model?.plan.pause_costs.most_pauses !== 0;

  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let detailTimer;

  /** Hides the analyses of another series. */
  function hideAnalyses() {
    years = new Map();
    for (const part of Object.values(analyses)) part.hidden = true;
  }

  /** Shows the regions beside each other, where there is more than one. @param {Model} next */
  function showRegions({ plan }) {
    rankingSection.hidden = plan.regions.length < 2;
    fill(regions, rankingSection.hidden ? [] : ranking(plan, years, titleOf));
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
    showRegions(next);
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
      const list = choices(next.plan);
      const isFirst = body.hidden;
      body.hidden = false;
      fill(title, next.recordedDay ? `One recorded day: ${day(next.request.start, next.zone, { year: true })}` : "The choices");
      fill(about, next.recordedDay ? aboutRecordedDay(next.title, next.zone, next.recordedDay, list) : "");
      fill(choiceRows, choicesTable(next, list));
      clearTimeout(detailTimer);
      if (isFirst) showDetails(next, list); // shown later, they would move the parts below
      else detailTimer = setTimeout(() => showDetails(next, list));
    },
    showYear({ regions: analysed }) {
      years = new Map(analysed.map(({ name, year }) => [name, year]));
      if (!model) return;
      showRegions(model);
      const [year, plan] = [years.get(model.home.name), regionOf(model.plan, model.home.name)];
      fill(distribution, year && plan ? yearDistribution(year, plan, titleOf(model.home.name), canPause()) : []);
      fill(heat, year ? heatMap(titleOf(model.home.name), year.heat_map) : []);
      reveal(analyses.distribution, distribution.hasChildNodes());
      reveal(analyses.heat, heat.hasChildNodes());
    },
    showCurve(next) {
      reveal(analyses.curve, true);
      curve.show({ ...next, name: titleOf(next.name), canPause: canPause() });
    },
    showPauseCosts(next) {
      reveal(analyses.costs, true);
      costs.show({ ...next, name: titleOf(next.name) });
    },
    busy(fraction) {
      progress.hidden = fraction === null;
      if (fraction !== null) progress.value = fraction;
      else for (const part of Object.values(analyses)) part.hidden ||= part.hasAttribute("data-stale");
    },
    hide() {
      body.hidden = true;
      progress.hidden = true;
    },
  };
}

/**
 * The words above the plan of a recorded day: it is an example, and its emissions are those of its own year.
 *
 * @param {string} title of the recorded year
 * @param {string} zone IANA
 * @param {import("../types.js").RecordedDay} recordedDay
 * @param {Choice[]} list
 * @returns {string}
 */
function aboutRecordedDay(title, zone, { start, levelGrams }, [now]) {
  const beside = levelGrams === null || !now ? "" : ` Started then, the job emitted ${mass(now.grams)}; by the grid’s mean of ${LEVEL_YEAR} it emits ${mass(levelGrams)}.`;
  return `An example of ${title}: the same time of another year, with the emissions of the grid of that year. It is no forecast of ${day(start, zone, { year: true })}.${beside}`;
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
