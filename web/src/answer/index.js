/**
 * The answer: what waiting, pausing and moving would save.
 * @module
 */

/** @import { Answer, Model, Year } from "../types.js" */
/** @import { Choice } from "./choices.js" */
import { choices, regionOf } from "./choices.js";
import { choicesTable } from "./choices_table.js";
import { createCurve } from "./savings_curve.js";
import { createIntensity } from "./intensity.js";
import { createNews } from "./live_region.js";
import { createPauseCosts } from "./pause_costs.js";
import { equation } from "./equation.js";
import { fill, h, more } from "./dom.js";
import { heatMap } from "./heat_map.js";
import { limits } from "./limits.js";
import { pictures } from "./equivalents.js";
import { ranking } from "./regions.js";
import { typical } from "./year_distribution.js";
import { asSentence, verdict } from "./summary.js";
import { createWords } from "./schedule_text.js";

/**
 * @param {HTMLElement} root
 * @returns {Answer}
 */
export function createAnswer(root) {
  const news = createNews();
  const trouble = h("p", { class: "trouble", hidden: true });
  const progress = h("progress", { max: 1, "aria-label": "Going over the year" });
  const headline = h("p", { class: "headline" });
  const others = h("ul", { class: "others" });
  const warnings = h("div");
  const part = () => h("div");
  const [chosen, regions, typicalDay, heat, equivalents, terms, honest] = [
    part(),
    part(),
    part(),
    part(),
    part(),
    part(),
    part(),
  ];
  const words = createWords();
  const intensity = createIntensity();
  const curve = createCurve();
  const costs = createPauseCosts();

  const sections = {
    regions: section("Regions", regions),
    typical: section("The typical day, not the lucky one", typicalDay),
    curve: section("What more time buys", curve.element),
    heat: section("Hour and month", heat),
    costs: section("What a pause may cost", costs.element),
    equivalents: section("As much as", equivalents),
  };
  const { regions: ranked, equivalents: pictured, ...exploring } = sections;
  const body = h(
    "div",
    { class: "answer", hidden: true },
    h("div", { class: "verdict" }, h("h2", null, "Answer"), headline, others),
    warnings,
    chosen,
    intensity.element,
    words.element,
    ranked,
    progress,
    h("div", { class: "side-by-side" }, ...Object.values(exploring), pictured),
    more("The equation, and every factor in it", terms),
    section("What these numbers cannot say", honest),
  );
  progress.hidden = true;
  exploring.heat.classList.add("wide");
  root.classList.add("answer-root");
  root.append(news.element, trouble, body);

  /** @type {Model | undefined} */
  let model;
  /** @type {Map<string, Year>} */
  let years = new Map();

  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let soon;

  /** Hides what was found of another series. */
  function forget() {
    years = new Map();
    for (const part of Object.values(exploring)) part.hidden = true;
  }

  /**
   * What stands below the choices: drawn once they are on the screen, and for the latest question alone.
   *
   * @param {Model} next
   * @param {Choice[]} list
   */
  function detail(next, list) {
    intensity.show(next, list);
    words.show(list, next);
    fill(regions, ranking(next.plan, years));
    fill(equivalents, pictures(next, list));
    pictured.hidden = !equivalents.hasChildNodes();
    fill(terms, equation(next, list));
    fill(honest, limits(next));
  }

  return {
    show(next) {
      if (next.home.checksum !== model?.home.checksum || next.home.name !== model.home.name) forget();
      for (const part of Object.values(exploring)) part.toggleAttribute("data-stale", true);
      model = next;
      const { plan, zone } = next;
      const list = choices(plan);
      const { headline: first, others: rest } = verdict(plan, zone);
      trouble.hidden = true;
      const begins = body.hidden;
      body.hidden = false;
      const said = plan.warnings.map((text) => asSentence(text, zone));
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
            said.map((text) => h("p", null, text)),
          ),
      );
      fill(chosen, choicesTable(next, list));
      clearTimeout(soon);
      if (begins) detail(next, list); // drawn later, it would push down what stands below
      else soon = setTimeout(() => detail(next, list));
      news.tell([first, ...said].join(" "));
    },
    showYear({ regions: found }) {
      years = new Map(found.map(({ name, year }) => [name, year]));
      if (!model) return;
      fill(regions, ranking(model.plan, years));
      const [year, plan] = [years.get(model.home.name), regionOf(model.plan, model.home.name)];
      fill(typicalDay, year && plan ? typical(year, plan) : []);
      fill(heat, year ? heatMap(model.home.name, year.heat_map) : []);
      reveal(exploring.typical, typicalDay.hasChildNodes());
      reveal(exploring.heat, heat.hasChildNodes());
    },
    showCurve(found) {
      reveal(exploring.curve, true);
      curve.show(found);
    },
    showPauseCosts(found) {
      reveal(exploring.costs, true);
      costs.show(found);
    },
    busy(fraction) {
      progress.hidden = fraction === null;
      if (fraction !== null) progress.value = fraction;
      else for (const part of Object.values(exploring)) part.hidden ||= part.hasAttribute("data-stale");
    },
    fail(message) {
      trouble.hidden = false;
      progress.hidden = true;
      fill(trouble, body.hidden ? message : `${message} What is below is the last answer.`);
      news.tell(message);
    },
  };
}

/**
 * @param {HTMLElement} part
 * @param {boolean} found whether there is something in it
 */
function reveal(part, found) {
  part.hidden = !found;
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
