import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import type { Logger, PaymentGateway } from '@campusg-pay/core';
import { type Sandbox, type SandboxOptions, startSandbox } from '@campusg-pay/sandbox';
import { err, ok, type Result } from 'neverthrow';
import type { DatabaseFault } from '../postgres/connection/database-fault.js';
import { createPool, type Database } from '../postgres/connection/pool.js';
import { type EmbeddedError, startEmbeddedPostgres } from '../postgres/embedded/embedded.js';
import { type MigrationFailed, migrate, migrationStatus } from '../postgres/schema/migrate.js';
import { createGuard } from '../stripe/circuit.js';
import { createStripeClient } from '../stripe/client.js';
import type { GatewayCallNote } from '../stripe/exchange.js';
import { createStripeGateway } from '../stripe/gateway.js';
import type { Config } from './config.js';
import { keepSandboxAccess } from './sandbox-access.js';

/** Why the service could not open one of its parts. */
export type PartError =
  | EmbeddedError
  | DatabaseFault
  | MigrationFailed
  | { readonly type: 'SandboxPortTaken'; readonly port: number }
  /** `detail` says why: a damaged data file, a folder or port that is not ours to use. */
  | { readonly type: 'SandboxStartFailed'; readonly detail: string }
  | NothingToAttachTo;

/** Why there is nothing that a single command could work with: it starts and migrates nothing. */
export type NothingToAttachTo =
  | { readonly type: 'EmbeddedNotRunning'; readonly dataDir: string }
  | { readonly type: 'SandboxNotRunning'; readonly dataDir: string }
  /** `pending` names the migrations that the database lacks. */
  | { readonly type: 'SchemaBehind'; readonly pending: readonly string[] };

/** What a function that opens a part comes back with when all is well. */
export type OpenPart<Open extends (...args: never[]) => Promise<Result<unknown, unknown>>> =
  Awaited<ReturnType<Open>> extends Result<infer Part, unknown> ? Part : never;

/** The configured database or the embedded one, migrated. */
export async function openDatabase(config: Config, log: Logger, onQuery?: (name: string) => void) {
  const server = await openServer(config, log);
  if (server.isErr()) return err(server.error);
  const { connectionString, close } = server.value;
  const migrated = await bringUpToDate(connectionString, log);
  if (migrated.isErr()) {
    await close();
    return err(migrated.error);
  }
  const pool = createPool({
    connectionString,
    applicationName: 'campusg-pay',
    max: config.databasePoolSize,
    onConnectionLost: (fault) => log.warn({ ...fault }, 'an idle database connection was lost'),
  });
  const db: Database = onQuery === undefined ? { pool } : { pool, onQuery };
  return ok({
    db,
    connectionString,
    embedded: server.value.embedded,
    close: async () => {
      await pool.end();
      await close();
    },
  });
}

interface OpenServer {
  readonly connectionString: string;
  readonly embedded: readonly string[];
  close(): Promise<void>;
}

async function openServer(config: Config, log: Logger): Promise<Result<OpenServer, EmbeddedError>> {
  const { databaseUrl } = config;
  if (databaseUrl !== null) {
    return ok({ connectionString: databaseUrl, embedded: [], close: async () => {} });
  }
  const dataDir = join(config.dataDir, 'postgres');
  const started = await startEmbeddedPostgres({
    dataDir,
    log: (line) => log.debug({ line }, 'postgres'),
  });
  return started.map(({ connectionString, dataDir: place, port, close }) => ({
    connectionString,
    embedded: [`Postgres on port ${port}, data in ${place}`],
    close,
  }));
}

/** Migrates only when something is pending, so that the service's own role needs no more rights. */
async function bringUpToDate(
  connectionString: string,
  log: Logger,
): Promise<Result<void, DatabaseFault | MigrationFailed>> {
  const status = await migrationStatus({ connectionString });
  if (status.isErr()) return err(status.error);
  if (status.value.pending.length === 0) return ok(undefined);
  const migrated = await migrate({
    connectionString,
    log: (line) => log.debug({ line }, 'migrate'),
  });
  if (migrated.isErr()) return err(migrated.error);
  log.info({ applied: migrated.value.applied }, 'database migrated');
  return ok(undefined);
}

/** Twice what Stripe allows in a second at once; a dozen outages in a row are no coincidence. */
const GUARD = { concurrency: 50, queue: 200, outages: 12, restMs: 5_000 };

interface OpenGateway {
  readonly port: PaymentGateway;
  readonly webhookSecrets: readonly string[];
  readonly embedded: readonly string[];
  listeningAt(baseUrl: string): Promise<void>;
  close(): Promise<void>;
}

/** Stripe, or the endpoint named instead of it, or the embedded sandbox. */
export async function openGateway(
  config: Config,
  log: Logger,
  onCall: (note: GatewayCallNote) => void,
): Promise<Result<OpenGateway, PartError>> {
  const { stripe } = config;
  if (stripe !== null) {
    return ok({
      port: connectStripe(stripe, { config, log, onCall }),
      webhookSecrets: stripe.webhookSecrets,
      embedded: [],
      listeningAt: async () => {},
      close: async () => {},
    });
  }
  const webhookSecret = `whsec_${randomBytes(24).toString('hex')}`;
  const secretKey = `sk_test_${randomBytes(12).toString('hex')}`;
  const dataFile = join(config.dataDir, 'sandbox.jsonl');
  const started = await openSandbox({ port: config.sandboxPort, dataFile, secretKey }, log);
  if (started.isErr()) return err(started.error);
  const sandbox = started.value;
  const apiBase = new URL(sandbox.url);
  const access = await keepSandboxAccess(config.dataDir, { secretKey, url: sandbox.url });
  return ok({
    port: connectStripe({ secretKey, apiBase }, { config, log, onCall }),
    webhookSecrets: [webhookSecret],
    embedded: [`Stripe sandbox on ${sandbox.url}, data in ${dataFile}`],
    listeningAt: async (baseUrl) => {
      sandbox.webhooks.setEndpoint({ url: `${baseUrl}/api/stripe-webhook`, secret: webhookSecret });
    },
    close: async () => {
      await access.forget();
      await sandbox.close();
    },
  });
}

/** Calls to Stripe, or to what speaks like it, guarded and noted. */
export function connectStripe(
  { secretKey, apiBase }: { readonly secretKey: string; readonly apiBase: URL | null },
  parts: {
    readonly config: Config;
    readonly log: Logger;
    readonly onCall: (note: GatewayCallNote) => void;
  },
): PaymentGateway {
  const { config, log, onCall } = parts;
  const timeoutMs = config.stripeTimeoutMs;
  return createStripeGateway({
    stripe: createStripeClient({ secretKey, apiBase, timeoutMs }),
    deadlineMs: timeoutMs,
    guard: createGuard({ ...GUARD, onChange: (state) => log.warn({ state }, 'stripe guard') }),
    onCall: (note) => {
      logCall(log, note);
      onCall(note);
    },
  });
}

async function openSandbox(
  options: SandboxOptions & { readonly port: number },
  log: Logger,
): Promise<Result<Sandbox, PartError>> {
  try {
    return ok(
      await startSandbox({ ...options, warn: (line) => log.warn({ line }, 'stripe sandbox') }),
    );
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    const taken = 'code' in error && error.code === 'EADDRINUSE';
    if (taken) return err({ type: 'SandboxPortTaken', port: options.port });
    log.debug({ err: error }, 'the stripe sandbox did not start');
    return err({ type: 'SandboxStartFailed', detail: error.message });
  }
}

function logCall(
  log: Logger,
  { call, paymentId, durationMs, outcome, detail }: GatewayCallNote,
): void {
  const facts = { call, paymentId, outcome, detail, durationMs: Math.round(durationMs) };
  if (outcome === 'GatewayUnavailable') log.warn(facts, 'stripe call failed');
  else log.debug(facts, 'stripe call');
}
