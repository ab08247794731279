#!/bin/sh
# Prolog of Slurm for gpu-carbon: writes which GPUs a job holds, so that the exporter can tell whose energy it is.
# In slurm.conf: Prolog=/etc/slurm/gpu-carbon/prolog.sh and PrologFlags=Alloc. slurmd runs it as root on each node of the job.
# It never fails a job: a node whose prolog fails is drained.

jobs=${GPU_CARBON_JOBS:-/run/gpu-carbon/jobs}

[ -n "$SLURM_JOB_ID" ] || exit 0
# A job without GPUs holds none.
[ -n "$SLURM_JOB_GPUS" ] || exit 0
umask 022
mkdir -p "$jobs" || exit 0
# The file appears as a whole: the exporter reads no name that begins with a dot.
draft="$jobs/.$SLURM_JOB_ID.json.new"
printf '{"job": "%s", "gpus": "%s"}\n' "$SLURM_JOB_ID" "$SLURM_JOB_GPUS" > "$draft" &&
    mv -f "$draft" "$jobs/$SLURM_JOB_ID.json"
exit 0
