# From the top of the repository:
#   docker build --file deploy/kubernetes/carbon-window.Dockerfile --tag gpu-carbon-window .
FROM rust:1-bookworm AS build
WORKDIR /source
COPY . .
RUN cargo build --locked --release --package gpu-carbon-cli

FROM registry.k8s.io/kubectl:v1.32.4 AS kubectl

FROM debian:bookworm-slim
COPY --from=kubectl /bin/kubectl /usr/local/bin/
COPY --from=build /source/target/release/gpu-carbon /usr/local/bin/
# kubectl caches what it learns of the API there, if it can.
ENV HOME=/tmp
USER 65534:65534
