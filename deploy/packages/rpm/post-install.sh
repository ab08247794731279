# The first argument is the number of versions that are installed then. The system's presets decide whether the unit is enabled.
if [ -d /run/systemd/system ]; then
    systemctl daemon-reload || :
fi
if [ "$1" -eq 1 ] && [ -x /usr/bin/systemctl ]; then
    systemctl --no-reload preset gpu-carbon-exporter.service gpu-carbon-exporter.socket || :
fi
