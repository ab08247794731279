#!/bin/sh
# Writes the bill of a job of Slurm into a file, some seconds after its end: its energy, its emissions, and what another start would
# have emitted. epilog.sh runs it on each node of a job with GPUs if the folder for bills exists.

bills=${GPU_CARBON_BILLS:-/var/lib/gpu-carbon/bills}    # a folder in which only root can write
ledger=${GPU_CARBON_LEDGER:-/var/lib/gpu-carbon/ledger.db} # ledger.path of the exporter
format=${GPU_CARBON_BILL_FORMAT:-text}                  # text, json, csv, latex or markdown
wait=${GPU_CARBON_BILL_WAIT:-5}                         # seconds: more than two of the exporter's ledger.commit_period

[ -n "$SLURM_JOB_ID" ] && [ -n "$SLURM_JOB_GPUS" ] && [ -d "$bills" ] || exit 0
PATH=${PATH:-/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin}
# A node has the energy of its own GPUs, and another bill.
bill="$bills/$SLURM_JOB_ID.${SLURMD_NODENAME:-$(uname -n)}.$format"
draft="$bill.new"
sleep "$wait"
# The file appears as a whole. Only root and the user of the job can read it.
umask 077
if error=$(gpu-carbon job "slurm:$SLURM_JOB_ID" --ledger "$ledger" --format "$format" 2>&1 >"$draft"); then
    { [ -z "$SLURM_JOB_UID" ] || chown "$SLURM_JOB_UID" "$draft"; } && mv -f "$draft" "$bill"
else
    logger -t gpu-carbon "no bill of job $SLURM_JOB_ID: $error"
fi
rm -f "$draft"
exit 0
