/**
 * A plan as something that starts the job: a line for cron, a command for Slurm, a script for pauses.
 * @module
 */

/** @import { Choice } from "../answer/choices.js" */
import { extent, pauses } from "../answer/choices.js";
import { calendar } from "../answer/format.js";

/**
 * A line of a crontab on a host whose clock is in `zone`. Cron knows no years: the line asks for it.
 *
 * @param {string} start ISO
 * @param {string} zone IANA
 * @returns {string}
 */
export function crontab(start, zone) {
  const { year, month, day, hour, minute } = calendar(start, zone);
  return `${minute} ${hour} ${day} ${month} * [ "$(date +\\%Y)" = ${year} ] && ./job.sh`;
}

/**
 * A command that adds that line on any host: its own clock translates the moment.
 *
 * @param {string} start ISO
 * @returns {string}
 */
export function crontabAnywhere(start) {
  const format = `'+%-M %-H %-d %-m * [ "$(date +\\%%Y)" = %Y ] && ./job.sh'`;
  return `(crontab -l 2>/dev/null; date -d ${start} ${format}) | crontab -`;
}

/**
 * Slurm takes the times of the cluster's own zone: the host's clock translates the moment.
 *
 * @param {string} start ISO
 * @returns {string}
 */
export function sbatch(start) {
  return `sbatch --begin="$(date -d ${start} +%Y-%m-%dT%H:%M:%S)" job.sh`;
}

/**
 * A script that starts the job, and stops and continues it by the plan: by Slurm, or by signals where there is none.
 * It may be started at any time before; after a moment has passed it goes on with the next.
 *
 * @param {Choice} choice with pauses
 * @param {"slurm" | "signals"} by
 * @returns {string}
 */
export function pausing(choice, by) {
  const { start } = extent(choice);
  const gaps = choice.runs.slice(1).map((run, index) => `${choice.runs[index]?.end} ${run.start}`);
  const slurm = by === "slurm";
  return `#!/bin/sh
# Starts job.sh, and holds it in each of its ${pauses(choice)} pauses. ${
    slurm ? "Holding a job takes an operator's rights in Slurm." : "Stopped processes keep their memory, the GPU's too."
  }
set -eu
until_moment() {
  left=$(($(date -d "$1" +%s) - $(date +%s)))
  if [ "$left" -gt 0 ]; then sleep "$left"; fi
}
${
  slurm
    ? `job=$(sbatch --parsable --begin="$(date -d ${start} +%Y-%m-%dT%H:%M:%S)" job.sh)
waits() { [ "$(squeue -h -o %T -j "$job")" = PENDING ]; } # in the queue: there is nothing to suspend yet
hold() { if waits; then scontrol hold "$job"; else scontrol suspend "$job"; fi; }
go_on() { if waits; then scontrol release "$job"; else scontrol resume "$job"; fi; }`
    : `until_moment ${start}
setsid ./job.sh &
job=$!
hold() { kill -s STOP -- "-$job"; }
go_on() { kill -s CONT -- "-$job"; }`
}
while read -r from to; do
  until_moment "$from"
  hold || break # it has ended
  until_moment "$to"
  go_on
done <<'PAUSES'
${gaps.join("\n")}
PAUSES
${slurm ? "" : 'wait "$job"\n'}`;
}
