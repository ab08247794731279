/**
 * The map of cloud regions for the page, from the tables that the command line and the exporter read: regions, grid zones with
 * their services and recorded years, and yearly levels. The page imports it as `regions:map`.
 */

import { readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const data = join(dirname(dirname(dirname(fileURLToPath(import.meta.url)))), "crates/feeds/data");

/** The rows of a table without quotes. @param {string} name @param {string} separator @returns {string[][]} */
function rows(name, separator) {
  const [, ...lines] = readFileSync(join(data, name), "utf8").trim().split("\n");
  return lines.map((line) => line.split(separator));
}

/** @returns {import("../src/regions/map.js").RegionMap} */
export function regionMap() {
  const words = (/** @type {string} */ text) => text.split(" ").filter(Boolean);
  const level = (/** @type {string[]} */ [zone = "", grams = ""]) => [zone, Number(grams)];
  const zone = (/** @type {string[]} */ [code = "", name = "", services = "", recorded = ""]) => [code, [name, words(services), words(recorded)]];
  const levels = rows("electricity-maps-2025.csv", ",").map(level);
  const wrong = levels.find(([, grams]) => !(Number(grams) > 0));
  if (wrong) throw new Error(`electricity-maps-2025.csv has no level of ${wrong[0]}`);
  return {
    regions: /** @type {import("../src/regions/map.js").RegionRow[]} */ (rows("cloud-regions.csv", ";")),
    zones: Object.fromEntries(rows("zones.csv", ";").map(zone)),
    levels: Object.fromEntries(levels),
  };
}

/** A module with the address of each recorded year, which the page loads when a region asks for it. */
function recordedYears() {
  const names = readdirSync(data).filter((name) => name.endsWith(".pack")).sort();
  const imports = names.map((name, index) => `import pack${index} from ${JSON.stringify(join(data, name))};`);
  const entries = names.map((name, index) => `${JSON.stringify(name.replace(".pack", ""))}: pack${index}`);
  return `${imports.join("\n")}\nexport default {${entries.join(", ")}};`;
}

/** The plugin that builds the modules `regions:map` and `regions:packs`. @type {import("esbuild").Plugin} */
export const regionsPlugin = {
  name: "regions",
  setup(build) {
    build.onResolve({ filter: /^regions:/ }, ({ path }) => ({ path, namespace: "regions" }));
    build.onLoad({ filter: /^regions:map$/, namespace: "regions" }, () => ({ contents: JSON.stringify(regionMap()), loader: "json" }));
    build.onLoad({ filter: /^regions:packs$/, namespace: "regions" }, () => ({ contents: recordedYears(), resolveDir: data }));
  },
};
