/** Tests that run the command of the page: it must give the numbers of the page. */

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { test } from "node:test";

import { PROFILE, command, profileCsv } from "../../src/export/command.js";
import { fileArgument, quoted } from "../../src/export/shell.js";
import { command as program } from "../built.mjs";
import { engine, readers } from "../engine/engine.mjs";
import { model, series } from "./model.js";

const skip = existsSync(program) ? false : "gpu-carbon is not built: cargo build --package gpu-carbon-cli";

/** @param {string} line @param {string} [folder] */
const shell = (line, folder) =>
  execFileSync("sh", ["-c", line], {
    encoding: "utf8",
    cwd: folder,
    env: { ...process.env, PATH: `${dirname(program)}:${process.env.PATH}` },
  });

/** A series of 150 different quarters of an hour. @param {number} seed */
function csv(seed) {
  const rows = Array.from({ length: 150 }, (_, index) => {
    const time = new Date(Date.UTC(2020, 5, 1) + index * 900_000).toISOString().replace(".000", "");
    return `${time},${((index * seed) % 151) + 100}`;
  });
  return `timestamp_utc,gco2_per_kwh\n${rows.join("\n")}\n`;
}

/** A folder with a series of each name. @param {string[]} names */
function folderOf(names) {
  const folder = mkdtempSync(join(tmpdir(), "export-"));
  names.forEach((name, index) => writeFileSync(join(folder, `${name}.csv`), csv(37 + 10 * index)));
  return folder;
}

/** @type {(planned: import("../../src/types.js").Model, folder: string) => any} */
const run = (planned, folder) => JSON.parse(shell(`${command(planned)} --format json`, folder));

test("a quoted word passes the shell unchanged", () => {
  for (const word of [
    "plain",
    "two words",
    "it's",
    "$(id)",
    "`id`",
    "a\nb",
    "\\",
    '"',
    "*",
    "~",
    "-x",
    "",
    "ü",
    "a;b&c|d",
  ]) {
    assert.equal(shell(`printf %s ${quoted(word)}`), word);
  }
});

test("a file name is never read as a flag", () => {
  assert.equal(fileArgument("-rf.csv"), "./-rf.csv");
  assert.equal(fileArgument("a b.csv"), "'a b.csv'");
});

test("the command has the request of the page", { skip }, () => {
  const names = ["home", "it's $(far) away", "-dash"];
  const planned = model({
    series: names.map((name) => series(name)),
    request: {
      window_seconds: 45_000.5,
      pause_costs: {
        energy_kilowatt_hours: 0.0000001,
        time_seconds: 60,
        paused_power_watts: 12.5,
        least_run_seconds: 1800,
        most_pauses: 3,
        milestones: [{ work_seconds: 3600, by: "2020-06-01T20:00:00Z" }],
      },
    },
  });
  const answer = run(planned, folderOf(names));
  assert.deepEqual(
    answer.regions.map((/** @type {any} */ { name }) => name),
    names,
  );
  assert.deepEqual(answer.job, { duration_seconds: 21_600, energy_kilowatt_hours: 10 });
  assert.equal(answer.window_seconds, 45_000.5);
  assert.equal(answer.power_usage_effectiveness, 1.2);
  assert.deepEqual(answer.pause_costs, planned.request.pause_costs);
  assert.equal(answer.regions[0].baseline.start, planned.request.start);
});

test("constant and changing power reach the command", { skip }, () => {
  const folder = folderOf(["home"]);
  const one = [series("home")];
  const flat = run(model({ series: one, request: { job: { duration_seconds: 7200, power_watts: 1036.5 } } }), folder);
  assert.equal(flat.job.energy_kilowatt_hours, 2.073);

  const profile = /** @type {[number, number][]} */ ([
    [0, 1000],
    [3600, 250.5],
  ]);
  writeFileSync(join(folder, PROFILE), profileCsv(profile));
  const changing = run(model({ series: one, request: { job: { duration_seconds: 7200, profile } } }), folder);
  assert.equal(changing.job.energy_kilowatt_hours, 1.2505);
});

test("the servers around the GPUs are within the boundary of the command, too", { skip }, () => {
  const folder = folderOf(["home"]);
  const reading = readers.Reading.fromCsv("home.csv", readFileSync(join(folder, "home.csv"), "utf8"), "marginal", []);
  const open = [engine.Region.fromReading("home", reading)];
  for (const [host_share, percent] of /** @type {const} */ ([["paper", 74], [62.5, 62.5], [100, 100]])) {
    const planned = model({ series: [series("home")], request: { host_share } });
    const answer = run(planned, folder);
    assert.deepEqual(answer, engine.plan(planned.request, open));
    assert.equal(answer.host_share_percent, percent);
    assert.ok(Math.abs(answer.job.energy_kilowatt_hours - 1000 / percent) < 1e-12);
    assert.match(answer.boundary ?? "", new RegExp(`^the servers, of whose power the GPUs take ${percent} %`));
  }
});

test("both signals, and a home that is not the first", { skip }, () => {
  const names = ["average one", "marginal one", "marginal two"];
  const folder = folderOf(names);
  const all = names.map((name) => series(name, { signal: name.startsWith("average") ? "average" : "marginal" }));
  const mixed = run(model({ series: all }), folder);
  assert.equal(mixed.home_region, "average one");
  assert.deepEqual(mixed.ranking.map((/** @type {any} */ { signal }) => signal).sort(), ["average", "marginal"]);

  const alone = run(model({ series: all.slice(0, 1) }), folder);
  assert.equal(alone.signal, "average");
});

test("a home whose name begins with a dash, and a window of microseconds", { skip }, () => {
  const names = ["first", "-dash"];
  const all = names.map((name) => series(name));
  const answer = run({ ...model({ series: all, request: { window_seconds: 139.998601 } }), home: series("-dash") }, folderOf(names));
  assert.equal(answer.home_region, "-dash");
  assert.equal(answer.window_seconds, 139.998601);
});

test("a bundled series is named, and is not a file", { skip }, () => {
  const answer = run(model({ series: [series("sgip-pge-2020", { kind: "pack" })] }), tmpdir());
  assert.deepEqual(
    answer.regions.map((/** @type {any} */ { name }) => name),
    ["sgip-pge-2020"],
  );
});

test("the table is the command's, byte for byte", { skip }, () => {
  const names = ["home", 'a "quoted", name', "average"];
  const folder = folderOf(names);
  const all = names.map((name) => series(name, { signal: name === "average" ? "average" : "marginal" }));
  const open = all.map(({ name, signal }) => {
    const read = readers.Reading.fromCsv(`${name}.csv`, readFileSync(join(folder, `${name}.csv`), "utf8"), signal, []);
    return engine.Region.fromReading(name, read);
  });
  const costs = { time_seconds: 0, paused_power_watts: 0, least_run_seconds: 0, most_pauses: null, milestones: [] };
  for (const energy_kilowatt_hours of [0, 1e-7]) {
    const pause_costs = { energy_kilowatt_hours, ...costs };
    const planned = model({ series: all, request: { window_seconds: 45_000.5, pause_costs } });
    assert.equal(engine.planCsv(planned.request, open), shell(`${command(planned)} --format csv`, folder));
  }
});

test("a series is written as the file from which it was read, with what it is before it", () => {
  const text = csv(37);
  const facts = "# signal: average\n# scope: co2_direct\n";
  const written = (/** @type {string} */ file, /** @type {import("../../src/types.js").Signal} */ signal) => engine.Region.fromReading("home", readers.Reading.fromCsv("home.csv", file, signal, [])).toCsv();
  assert.equal(written(text, "marginal"), `# signal: marginal\n${text}`);
  assert.equal(written(facts + text, "average"), facts + text);
});
