# The first argument is the number of versions that are installed then. The system's presets decide whether the unit is enabled.
if [ -x /usr/bin/systemd-sysusers ]; then
    # The group that the unit takes, and to which the udev rule gives the energy counters.
    systemd-sysusers gpu-carbon.conf || :
fi
if [ -d /run/systemd/system ]; then
    systemctl daemon-reload || :
fi
if [ -d /run/udev ]; then
    udevadm control --reload || :
    udevadm trigger --subsystem-match=powercap --action=change || :
fi
if [ "$1" -eq 1 ] && [ -x /usr/bin/systemctl ]; then
    systemctl --no-reload preset gpu-carbon-exporter.service gpu-carbon-exporter.socket || :
fi
