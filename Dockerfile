# The service with its command line: `serve` (the default), `migrate`, `demo`.

FROM node:20-bookworm-slim AS build
WORKDIR /build

# Dependencies first: this layer is reused until a manifest changes.
COPY package.json pnpm-lock.yaml pnpm-workspace.yaml .npmrc ./
COPY packages/core/package.json packages/core/
COPY packages/adapters/package.json packages/adapters/
COPY packages/http/package.json packages/http/
COPY packages/sandbox/package.json packages/sandbox/
COPY packages/cli/package.json packages/cli/
RUN npx -y "$(node -p "require('./package.json').packageManager")" install --frozen-lockfile

COPY . .
RUN node scripts/build.mjs --js
# No optional dependencies: they are the embedded Postgres, which a container doesn't need.
RUN npx -y "$(node -p "require('./package.json').packageManager")" \
    --config.inject-workspace-packages=true \
    --filter @campusg-pay/cli deploy --prod --no-optional /service

FROM node:20-bookworm-slim
ENV NODE_ENV=production \
    HOST=0.0.0.0 \
    PORT=3003
WORKDIR /service
COPY --from=build /service ./
USER node
EXPOSE 3003
HEALTHCHECK --interval=10s --timeout=3s --start-period=20s --retries=3 \
    CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.PORT}/health`).then((r) => process.exit(r.ok ? 0 : 1), () => process.exit(1))"]
# node is process 1 and gets SIGTERM itself: the service drains, then ends.
# Requests leave much behind that is soon not needed: room for it costs less than looking for it.
ENTRYPOINT ["node", "--enable-source-maps", "--min-semi-space-size=16", "--max-semi-space-size=32", "dist/main.js"]
CMD ["serve"]
