# The image of a node. BUILD needs npm; BASE needs glibc and libstdc++ only: Node comes with the packages.
#   docker build -t grapevine-service-center:0.1.0 .
#   docker build --build-arg BASE=gcr.io/distroless/cc-debian12 …        smaller, and without a shell
ARG BUILD=node:24-bookworm-slim
ARG BASE=debian:bookworm-slim

FROM ${BUILD} AS build
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
# Types and source maps are two thirds of some packages, and nobody reads them here.
RUN npm ci --omit=dev --ignore-scripts --no-audit --no-fund \
 && find node_modules -type f \( -name '*.d.ts' -o -name '*.d.mts' -o -name '*.d.cts' -o -name '*.map' -o -name '*.md' \) -delete \
 && rm -rf node_modules/.bin node_modules/@types node_modules/bare-* node_modules/@opentelemetry/*/build/esm node_modules/@opentelemetry/*/build/esnext \
 && mkdir -p /rootfs/usr/local/bin /rootfs/var/lib/grapevine \
 && mv node_modules/node-linux-*/bin/node /rootfs/usr/local/bin/node \
 && rm -rf node_modules/node-linux-*
COPY LICENSE ./
COPY bin bin
COPY src src
# A start as in the image, ended at once: it leaves its code compiled, for the same flags and user. See bin/grapevine.
RUN mkdir .cache && chown 65532:65532 .cache \
 && setpriv --reuid=65532 --regid=65532 --clear-groups timeout --signal=TERM 10 \
      /rootfs/usr/local/bin/node --min-semi-space-size=4 --max-semi-space-size=32 --no-parallel-scavenge bin/grapevine start || [ $? = 124 ] \
 && /rootfs/usr/local/bin/node bin/grapevine version \
 && cp -a /app /rootfs/app && chown -R 65532:65532 /rootfs/var/lib/grapevine

FROM ${BASE}
ARG VERSION=0.1.0
ARG REVISION=unknown
LABEL org.opencontainers.image.title="Grapevine" \
      org.opencontainers.image.description="Peer-to-peer multi-cluster service discovery that speaks the Apache ServiceComb Service Center API" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}"
COPY --from=build /rootfs /
ENV NODE_ENV=production MALLOC_ARENA_MAX=2 GRAPEVINE_HTTP=0.0.0.0:30100
USER 65532:65532
WORKDIR /app
EXPOSE 30100 30190
HEALTHCHECK --interval=10s --timeout=3s --start-period=30s \
  CMD ["/usr/local/bin/node", "/app/bin/probe.cjs", "http://127.0.0.1:30100/grapevine/v1/ready"]
ENTRYPOINT ["/usr/local/bin/node", "--min-semi-space-size=4", "--max-semi-space-size=32", "--no-parallel-scavenge", "/app/bin/grapevine"]
CMD ["start"]
