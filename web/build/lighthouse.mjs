/**
 * Runs Lighthouse on the built page, as a phone and as a desktop: `npm run lighthouse`. It fails under 95 in any category.
 * Lighthouse is large and no test needs it, so npx fetches it.
 */

import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { executablePath, FLAGS } from "../tests/browser.mjs";
import { serve } from "./serve.mjs";

const LIGHTHOUSE = "lighthouse@13.5.0";
const LEAST = 95;

const folder = mkdtempSync(join(tmpdir(), "lighthouse-"));
const server = await serve();
try {
  for (const form of ["mobile", "desktop"]) {
    const report = join(folder, `${form}.json`);
    const parameters = ["--yes", LIGHTHOUSE, server.url, "--quiet", "--output=json", `--output-path=${report}`, `--chrome-flags=${["--headless", ...FLAGS].join(" ")}`];
    await run("npx", form === "desktop" ? [...parameters, "--preset=desktop"] : parameters);
    const { categories, audits } = JSON.parse(readFileSync(report, "utf8"));
    for (const { id, score, auditRefs } of Object.values(categories)) {
      const points = Math.round(score * 100);
      console.log(`${form.padEnd(8)} ${id.padEnd(16)} ${points}`);
      if (points >= LEAST) continue;
      process.exitCode = 1;
      const lost = auditRefs.map((/** @type {{id: string}} */ { id }) => audits[id]).filter((/** @type {{score: number | null}} */ { score }) => score !== null && score < 0.9);
      for (const { title, displayValue = "" } of lost) console.log(`         ${title} ${displayValue}`);
    }
  }
} finally {
  await server.close();
  rmSync(folder, { recursive: true });
}

/** @param {string} command @param {string[]} parameters */
function run(command, parameters) {
  const env = { ...process.env, CHROME_PATH: executablePath };
  return new Promise((resolve, reject) => {
    spawn(command, parameters, { env, stdio: ["ignore", "inherit", "inherit"] }).on("exit", (status) => (status ? reject(new Error(`${command} failed: ${status}`)) : resolve(undefined)));
  });
}
