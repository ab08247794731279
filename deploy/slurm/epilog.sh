#!/bin/sh
# Epilog of Slurm for gpu-carbon: the job holds no GPU any more. In slurm.conf: Epilog=/etc/slurm/gpu-carbon/epilog.sh.
# It never fails: a node whose epilog fails is drained.

jobs=${GPU_CARBON_JOBS:-/run/gpu-carbon/jobs}

[ -n "$SLURM_JOB_ID" ] || exit 0
rm -f "$jobs/$SLURM_JOB_ID.json" "$jobs/.$SLURM_JOB_ID.json.new"
exit 0
