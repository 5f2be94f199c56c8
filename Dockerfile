# syntax=docker/dockerfile:1
# The service alone, with the dashboard inside: one program on a base without a shell.
#
#   docker build --tag admin-metrics .
#   docker run --rm --env-file .env admin-metrics migrate up
#   docker run --rm --env-file .env --publish 127.0.0.1:8080:8080 admin-metrics
#
# It speaks plain HTTP: publish it to a proxy that speaks TLS, and set PUBLIC_ORIGIN and TRUSTED_PROXIES.

FROM node:22-bookworm-slim AS web
WORKDIR /source
COPY openapi/client openapi/client
RUN --mount=type=cache,target=/root/.npm \
    cd openapi/client && npm ci --no-audit --no-fund && npm run build
COPY web web
RUN --mount=type=cache,target=/root/.npm \
    cd web && npm ci --no-audit --no-fund && npm run build

FROM rust:1-slim-bookworm AS build
WORKDIR /source
COPY . .
COPY --from=web /source/web/dist web/dist
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
