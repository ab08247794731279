/**
 * Builds the tables of yearly averages of crates/feeds, for the page, the command line and the exporter: `npm run averages`. The npm package
 * @tgwf/co2 carries them: by country from Ember, and by grid zone from Electricity Maps. Countries get two-letter codes, by
 * which a browser knows their names. A value of zero stands for missing data in Ember's, and is left out.
 */

import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

const CO2 = "@tgwf/co2@0.19.0";
const CODES = "i18n-iso-countries@7.14.0";

const folder = mkdtempSync(join(tmpdir(), "averages-"));
try {
  const dataFolder = join(unpack(CO2), "dist/esm/data");
  const { data } = await import(pathToFileURL(join(dataFolder, "average-intensities.min.js")).href);
  /** @type {[string, string, string][]} */
  const codes = JSON.parse(readFileSync(join(unpack(CODES), "codes.json"), "utf8"));
  const countries = codes.flatMap(([two, three]) => (data[three] > 0 ? [[two, three, data[three]]] : [])).sort();
  const web = dirname(dirname(fileURLToPath(import.meta.url)));
  const rows = countries.map((row) => `${row.join(",")}\n`).join("");
  writeFileSync(join(web, "../crates/feeds/data/ember-yearly.csv"), `country,alpha_3,gco2_per_kwh\n${rows}`);
  const zones = await import(pathToFileURL(join(dataFolder, "electricity-maps/yearly_2025.js")).href);
  const levels = Object.entries(zones.data).map(([zone, { carbonIntensity }]) => `${zone},${carbonIntensity.value}\n`).sort();
  writeFileSync(join(web, "../crates/feeds/data/electricity-maps-2025.csv"), `zone,gco2e_per_kwh\n${levels.join("")}`);
  console.log(`${countries.length} countries, ${levels.length} zones`);
} finally {
  rmSync(folder, { recursive: true });
}

/** Unpacks an npm package. @param {string} spec @returns {string} its folder */
function unpack(spec) {
  const [{ filename }] = JSON.parse(execFileSync("npm", ["pack", "--json", spec], { cwd: folder, encoding: "utf8" }));
  const target = join(folder, `unpacked-${filename}`);
  execFileSync("mkdir", [target]);
  execFileSync("tar", ["xzf", join(folder, filename), "-C", target]);
  return join(target, "package");
}
