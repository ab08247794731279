/**
 * Ways to start the job by its plan: a line for cron, a command for Slurm, a script that pauses it.
 * @module
 */

/** @import { Choice } from "../answer/choices.js" */
import { extent, pauses } from "../answer/choices.js";
import { calendar } from "../ui/format.js";

/**
 * A line of a crontab on a host whose clock is in `zone`. Cron has no field for the year: the line checks it itself.
 *
 * @param {string} start ISO
 * @param {string} zone IANA
 * @returns {string}
 */
export function crontabLine(start, zone) {
  const { year, month, day, hour, minute } = calendar(start, zone);
  return `${minute} ${hour} ${day} ${month} * [ "$(date +\\%Y)" = ${year} ] && ./job.sh`;
}

/**
 * A command that adds that line on any host: the host converts the time to its own zone.
 *
 * @param {string} start ISO
 * @returns {string}
 */
export function crontabCommand(start) {
  const format = `'+%-M %-H %-d %-m * [ "$(date +\\%%Y)" = %Y ] && ./job.sh'`;
  return `(crontab -l 2>/dev/null; date -d ${start} ${format}) | crontab -`;
}

/**
 * A Slurm command. Slurm takes times in the cluster's zone: the host converts the time.
 *
 * @param {string} start ISO
 * @returns {string}
 */
export function sbatchCommand(start) {
  return `sbatch --begin="$(date -d ${start} +%Y-%m-%dT%H:%M:%S)" job.sh`;
}

/**
 * A script that starts the job, and pauses and resumes it by the plan, through Slurm or by signals. It may be started at
 * any time before the plan; times that have passed are skipped.
 *
 * @param {Choice} choice with pauses
 * @param {"slurm" | "signals"} means
 * @returns {string}
 */
export function pausingScript(choice, means) {
  const { start } = extent(choice);
  const gaps = choice.runs.slice(1).map((run, index) => `${choice.runs[index]?.end} ${run.start}`);
  const slurm = means === "slurm";
  return `#!/bin/sh
# Starts job.sh, and stops it during each of its ${pauses(choice)} pauses. ${
    slurm ? "To suspend a job in Slurm takes an operator's rights." : "Stopped processes keep their memory, on the GPU too."
  }
set -eu
wait_until() {
  left=$(($(date -d "$1" +%s) - $(date +%s)))
  if [ "$left" -gt 0 ]; then sleep "$left"; fi
}
${
  slurm
    ? `job=$(sbatch --parsable --begin="$(date -d ${start} +%Y-%m-%dT%H:%M:%S)" job.sh)
is_pending() { [ "$(squeue -h -o %T -j "$job")" = PENDING ]; } # still in the queue: nothing to suspend yet
pause_job() { if is_pending; then scontrol hold "$job"; else scontrol suspend "$job"; fi; }
resume_job() { if is_pending; then scontrol release "$job"; else scontrol resume "$job"; fi; }`
    : `wait_until ${start}
setsid ./job.sh &
job=$!
pause_job() { kill -s STOP -- "-$job"; }
resume_job() { kill -s CONT -- "-$job"; }`
}
while read -r from to; do
  wait_until "$from"
  pause_job || break # the job has ended
  wait_until "$to"
  resume_job
done <<'PAUSES'
${gaps.join("\n")}
PAUSES
${slurm ? "" : 'wait "$job"\n'}`;
}
