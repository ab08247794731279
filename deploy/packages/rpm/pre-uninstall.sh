if [ "$1" -eq 0 ] && [ -d /run/systemd/system ]; then
    systemctl --no-reload disable --now gpu-carbon-exporter.socket gpu-carbon-exporter.service || :
fi
