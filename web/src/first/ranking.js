/**
 * The regions of a provider, ranked by what the job would emit in each, as a list of bars.
 * @module
 */

/** @import { Region } from "../regions/map.js" */
import noticeAddress from "../../../crates/feeds/data/electricity-maps-2025.NOTICE.md";
import { LEVEL_CREDIT, LEVEL_YEAR, zoneName } from "../regions/map.js";
import { fill, h } from "../ui/dom.js";
import { massScale } from "../ui/format.js";
import { dollars } from "./notes.js";

/** Number of the best regions that a short list shows. */
const SHORT = 6;

/**
 * The regions of a provider, ranked.
 * @typedef {object} Ranked
 * @property {Region[]} regions
 * @property {Region} home
 * @property {import("../engine/pkg/gpu_carbon_wasm.js").LevelRanking} ranking
 * @property {string[]} pinned keys of regions that a short list also shows
 */

/**
 * Creates the list, empty until there is a ranking.
 * @param {HTMLElement} root
 * @param {() => void} toggle asks for the whole list, or for the short one
 */
export function createRanking(root, toggle) {
  const title = h("h2", { id: "ranking-title" });
  const list = h("ol", { class: "places", "aria-labelledby": "ranking-title" });
  const more = h("button", { type: "button", class: "plain", click: toggle });
  const disputed = h("div");
  const parts = [title, list, more,
    h("p", { class: "note" }, `Mean intensity of the grid zone in ${LEVEL_YEAR}, over the life cycle. `, h("a", { href: noticeAddress, target: "_blank", rel: "noopener" }, LEVEL_CREDIT), "."), disputed];
  /** The rows by the key of their region: a new ranking writes its numbers into them, which takes a fraction of the time of new ones. @type {Map<string, ReturnType<typeof createRow>>} */
  const rows = new Map();
  /** @type {HTMLElement[]} */
  let order = [];

  /** @param {Region} region */
  function rowOf(region) {
    const row = rows.get(region.key) ?? createRow(region);
    rows.set(region.key, row);
    return row;
  }

  return {
    /** Shows a ranking. @param {Ranked} ranked @param {boolean} all false: a short list */
    show({ regions, home, ranking, pinned }, all) {
      if (!root.hasChildNodes()) root.append(...parts); // before there is a ranking they would move what stands below
      const most = Math.max(...ranking.places.map(({ emissions_grams }) => emissions_grams ?? 0));
      const { unit, write } = massScale(most);
      const places = ranking.places.flatMap(({ index, emissions_grams, usd }, position) => {
        const region = regions[index];
        return region ? [{ region, grams: emissions_grams, usd, position: position + 1 }] : [];
      });
      const shown = places.filter(({ region, position }) => all || position <= SHORT || region.key === home.key || pinned.includes(region.key));
      const next = shown.map(({ region, grams, usd, position }) => {
        const row = rowOf(region);
        row.show(position, grams === null ? "unknown" : write(grams), usd, most > 0 && grams !== null ? (100 * grams) / most : 0, region.key === home.key);
        return row.element;
      });
      if (next.length !== order.length || next.some((element, index) => element !== order[index])) list.replaceChildren(...next);
      order = next;
      setText(title, `All regions by emissions of this job, ${unit} CO₂e`);
      list.classList.toggle("all", all);
      more.hidden = places.length <= shown.length && !(all && places.length > SHORT + 1);
      more.ariaExpanded = String(all);
      setText(more, all ? "Show the best only" : `Show all ${places.length}`);
      fill(disputed, disputes(home).map((text) => h("p", { class: "note" }, text)));
    },
  };
}

/**
 * Creates the row of a region.
 * @param {Region} region
 */
function createRow(region) {
  const [rank, amount, money] = [h("span", { class: "rank", "aria-hidden": "true" }), new Text(), h("small")];
  const place = h("span", { class: "place" }, region.place, region.id !== region.zone && h("small", null, ` ${region.id}`));
  const own = h("b", null, " your region");
  const length = h("span", { class: "fill" });
  const element = h("li", null, rank, place, h("span", { class: "grams" }, amount), h("span", { class: "bar", "aria-hidden": "true" }, length));
  let [width, wasHome] = [-1, false];
  return {
    element,
    /**
     * @param {number} position from 1
     * @param {string} grams
     * @param {number | null} usd
     * @param {number} percent of the longest bar
     * @param {boolean} isHome
     */
    show(position, grams, usd, percent, isHome) {
      element.value = position;
      setText(rank, `${position}.`);
      if (amount.data !== grams) amount.data = grams;
      if (usd === null) money.remove();
      else amount.after(money);
      setText(money, usd === null ? "" : ` ${dollars(usd)}`);
      if (width !== percent) length.style.inlineSize = `${percent}%`;
      width = percent;
      if (isHome === wasHome) return;
      wasHome = isHome;
      element.classList.toggle("home", isHome);
      element.ariaCurrent = isHome ? "true" : null;
      if (isHome) place.append(own);
      else own.remove();
    },
  };
}

/** Writes a text where it has changed. @param {HTMLElement} element @param {string} text */
function setText(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

/** Sentences on a region whose zone sources dispute. @param {Region} home */
function disputes({ place, zone, disputed }) {
  if (!disputed) return [];
  return [`${place} is taken to lie in ${zoneName(zone)}; another list has it in ${zoneName(disputed.zone)}: ${disputed.note}.`];
}
