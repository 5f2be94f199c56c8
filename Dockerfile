# syntax=docker/dockerfile:1
# The service alone: one program on a base without a shell.
#
#   docker build --tag admin-metrics .
#   docker run --rm --env-file .env admin-metrics migrate up
#   docker run --rm --env-file .env --publish 127.0.0.1:8080:8080 admin-metrics
#
# It speaks plain HTTP: publish it to a proxy that speaks TLS, and set PUBLIC_ORIGIN and TRUSTED_PROXIES.

FROM rust:1-slim-bookworm AS build
WORKDIR /source
COPY . .
RUN --mount=type=cache,target=/usr/local/cargo/registry \
    --mount=type=cache,target=/source/target \
    cargo build --locked --profile shipped --package api \
    && cp target/shipped/api /api

FROM gcr.io/distroless/cc-debian12:nonroot
COPY --from=build /api /usr/local/bin/api
# Where the embedded database goes if no other is configured.
WORKDIR /home/nonroot
ENV BIND_ADDR=0.0.0.0:8080
EXPOSE 8080
HEALTHCHECK --interval=30s --timeout=6s --start-period=10s CMD ["/usr/local/bin/api", "healthcheck"]
ENTRYPOINT ["/usr/local/bin/api"]
