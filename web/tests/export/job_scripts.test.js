import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { chmodSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";

import { choices } from "../../src/answer/choices.js";
import { crontabCommand, crontabLine, pausingScript, sbatchCommand } from "../../src/export/job_scripts.js";
import { plan } from "../answer/fixture.js";

const START = "2020-06-01T17:05:00Z";

/** A folder of fake programs. @param {Record<string, string>} programs */
function fakePrograms(programs) {
  const folder = mkdtempSync(join(tmpdir(), "job-scripts-"));
  for (const [name, text] of Object.entries(programs)) {
    writeFileSync(join(folder, name), `#!/bin/sh\n${text}\n`);
    chmodSync(join(folder, name), 0o755);
  }
  return folder;
}

/** @type {(line: string, zone: string, folder?: string) => string} */
const shell = (line, zone, folder = "/nonexistent") =>
  execFileSync("sh", ["-c", line], {
    encoding: "utf8",
    env: { ...process.env, TZ: zone, PATH: `${folder}:${process.env.PATH}`, FOLDER: folder },
    timeout: 30_000,
    cwd: folder === "/nonexistent" ? tmpdir() : folder,
  });

test("the crontab line has the host's local time, and checks the year", () => {
  assert.equal(crontabLine(START, "UTC"), '5 17 1 6 * [ "$(date +\\%Y)" = 2020 ] && ./job.sh');
  assert.match(crontabLine(START, "Europe/Berlin"), /^5 19 1 6 \* /);
  assert.match(crontabLine("2020-12-31T23:30:00Z", "Asia/Tokyo"), /^30 8 1 1 \* .*= 2021 /);
});

test("the command adds the same line on a host in any zone", () => {
  const folder = fakePrograms({ crontab: 'if [ "$1" = - ]; then cat > "$FOLDER/table"; else echo "0 0 * * * before"; fi' });
  for (const zone of ["UTC", "Europe/Berlin", "Asia/Kolkata", "America/Los_Angeles"]) {
    shell(crontabCommand(START), zone, folder);
    assert.equal(readFileSync(join(folder, "table"), "utf8"), `0 0 * * * before\n${crontabLine(START, zone)}\n`);
  }
});

test("Slurm gets the time in the cluster's zone", () => {
  const folder = fakePrograms({ sbatch: 'echo "$@"' });
  assert.equal(shell(sbatchCommand(START), "Europe/Berlin", folder), "--begin=2020-06-01T19:05:00 job.sh\n");
  assert.equal(shell(sbatchCommand(START), "UTC", folder), "--begin=2020-06-01T17:05:00 job.sh\n");
});

/** Fake programs with which a script needs no time: a clock that only sleep moves, and a log. */
const CLOCK = {
  date: 'case "$1" in +%s) cat "$FOLDER/now" ;; *) exec /bin/date "$@" ;; esac',
  sleep: 'echo $(($(cat "$FOLDER/now") + $1)) > "$FOLDER/later"; mv "$FOLDER/later" "$FOLDER/now"',
};
const LOG = 'at=$(/bin/date -u -d "@$(cat "$FOLDER/now")" +%d.%H:%M)';

for (const [state, commands] of [["RUNNING", ["suspend", "resume"]], ["PENDING", ["hold", "release"]]]) test(`with Slurm, a job that is ${state} is stopped in each pause, and resumed after it`, () => {
  const [, , pauses] = choices(plan());
  assert.ok(pauses);
  const folder = fakePrograms({
    ...CLOCK,
    squeue: `[ "$*" = "-h -o %T -j 42" ] && echo ${state}`,
    sbatch: `${LOG}; echo "$at sbatch $2" >> "$FOLDER/log"; echo 42`,
    scontrol: `${LOG}; echo "$at $*" >> "$FOLDER/log"`,
  });
  writeFileSync(join(folder, "now"), `${Date.parse("2020-06-01T02:00:00Z") / 1000}\n`);
  shell(pausingScript(pauses, "slurm"), "UTC", folder);
  assert.equal(
    readFileSync(join(folder, "log"), "utf8"),
    `01.02:00 sbatch --begin=2020-06-01T03:00:00\n01.05:00 ${commands?.[0]} 42\n01.20:00 ${commands?.[1]} 42\n`,
  );
});

test("without Slurm, the job's processes stop and continue, and its status is the script's", () => {
  const [, , pauses] = choices(plan());
  assert.ok(pauses);
  // Each sleep of the script waits until the job has the expected state: R is running, T is stopped. The job is a loop of
  // shell built-ins: one that starts programs could be stopped while starting one.
  const after = (/** @type {string} */ time) =>
    `[ "$(cat "$FOLDER/now")" -gt ${Date.parse(`2020-06-01T${time}:00Z`) / 1000} ]`;
  const folder = fakePrograms({
    ...CLOCK,
    "job.sh": `${LOG}; echo "$at starts" >> "$FOLDER/log"; echo $$ > "$FOLDER/pid"; until [ -e "$FOLDER/end" ]; do :; done; exit 3`,
    sleep: `if ${after("02:59")}; then until [ -s "$FOLDER/pid" ]; do /bin/sleep 0.02; done; fi
${CLOCK.sleep}
${after("03:00")} || exit 0
if ${after("05:00")}; then wanted=T; else wanted=R; fi
until [ "$(cut -d " " -f 3 "/proc/$(cat "$FOLDER/pid")/stat")" = $wanted ]; do /bin/sleep 0.02; done
${LOG}; echo "$at $wanted" >> "$FOLDER/states"`,
  });
  writeFileSync(join(folder, "now"), `${Date.parse("2020-06-01T02:00:00Z") / 1000}\n`);
  const script = pausingScript(pauses, "signals").replace('wait "$job"', 'touch "$FOLDER/end"\nwait "$job"');
  assert.throws(() => shell(script, "UTC", folder), { status: 3 });
  assert.equal(readFileSync(join(folder, "log"), "utf8"), "01.03:00 starts\n");
  assert.match(readFileSync(join(folder, "states"), "utf8"), /^01\.05:00 R\n01\.20:00 T\n$/);
});
