#!/bin/bash
# The steps of the Dockerfile that depend on the architecture. BUILDARCH and TARGETARCH are the names that Docker gives to the one that
# compiles and the one that it compiles for; without BuildKit both are empty, and the compiler's own is meant.
#   cross.sh install    the linker and the libraries of the other architecture, where there is one
#   cross.sh build      the exporter, into /out
#   cross.sh target     prints what cargo calls the architecture
set -euo pipefail

case ${TARGETARCH:-} in
    amd64) machine=x86_64 ;;
    arm64) machine=aarch64 ;;
    "") machine=$(uname -m) ;;
    *)
        echo "cross.sh: TARGETARCH is $TARGETARCH; allowed: amd64, arm64" >&2
        exit 2
        ;;
esac
target=$machine-unknown-linux-gnu

case ${1:-} in
    install)
        rustup target add "$target"
        if [ "${TARGETARCH:-}" != "${BUILDARCH:-}" ]; then
            apt-get update
            apt-get install --yes --no-install-recommends "gcc-${machine/_/-}-linux-gnu" "libc6-dev-$TARGETARCH-cross"
            rm -rf /var/lib/apt/lists/*
        fi
        ;;
    build)
        if [ "${TARGETARCH:-}" != "${BUILDARCH:-}" ]; then
            variable=${target//-/_}
            export "CARGO_TARGET_${variable^^}_LINKER=$machine-linux-gnu-gcc" "CC_$variable=$machine-linux-gnu-gcc"
        fi
        cargo build --locked --release --package gpu-carbon-exporter --target "$target"
        install -D --target-directory=/out "target/$target/release/gpu-carbon-exporter"
        ;;
    target)
        echo "$target"
        ;;
    *)
        echo "cross.sh: expected install, build or target" >&2
        exit 2
        ;;
esac
