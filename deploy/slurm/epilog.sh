#!/bin/sh
# Epilog of Slurm for gpu-carbon: the job holds no GPU any more. In slurm.conf: Epilog=/etc/slurm/gpu-carbon/epilog.sh.
# It never fails: a node whose epilog fails is drained.

jobs=${GPU_CARBON_JOBS:-/run/gpu-carbon/jobs}
bills=${GPU_CARBON_BILLS:-/var/lib/gpu-carbon/bills}

[ -n "$SLURM_JOB_ID" ] || exit 0
rm -f "$jobs/$SLURM_JOB_ID.json" "$jobs/.$SLURM_JOB_ID.json.new"

# Where there is a folder for bills, the job gets one, for which the node need not wait. It is begun in a session of its own, since
# slurmd ends whatever an epilog leaves behind in its own.
bill=$(dirname "$0")/bill.sh
if [ -n "$SLURM_JOB_GPUS" ] && [ -d "$bills" ] && [ -x "$bill" ]; then
    GPU_CARBON_BILLS=$bills setsid sh -c '"$0" </dev/null >/dev/null 2>&1 &' "$bill"
fi
exit 0
