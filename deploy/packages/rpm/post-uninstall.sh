if [ -d /run/systemd/system ]; then
    systemctl daemon-reload || :
    if [ "$1" -ge 1 ]; then
        systemctl try-restart gpu-carbon-exporter.service || :
    fi
fi
if [ "$1" -eq 0 ]; then
    if [ -d /run/udev ]; then
        udevadm control --reload || :
    fi
    # The energy counters are root's alone again.
    for counter in /sys/class/powercap/intel-rapl*:*/energy_uj; do
        if [ -e "$counter" ] && [ "$(stat --format=%G "$counter")" = gpu-carbon ]; then
            chgrp 0 "$counter" && chmod 0400 "$counter" || :
        fi
    done
fi
