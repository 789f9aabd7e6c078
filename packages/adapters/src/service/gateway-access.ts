import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import type { CallLimits, Clock, Logger } from '@campusg-pay/core';
import type { Sandbox, SandboxOptions } from '@campusg-pay/sandbox';
import { err, ok, type Result } from 'neverthrow';
import type { StripeConnection } from '../stripe/connection.js';
import type { GatewayCallNote } from '../stripe/exchange.js';
import { type Config, takesRealMoney } from './config.js';
import { loadSandbox, loadStripe } from './drivers.js';
import type { NotInstalled } from './optional-package.js';
import type { PartError } from './part-error.js';
import { keepSandboxAccess } from './sandbox-access.js';
import { systemClock } from './settings.js';

export interface OpenGateway {
  readonly as: StripeConnection['as'];
  readonly webhookSecrets: readonly string[];
  readonly embedded: readonly string[];
  /**
   * The time that the embedded sandbox goes by, which a control of it moves; null with a Stripe of its
   * own, whose time nobody moves.
   */
  readonly clock: Clock | null;
  /** Sets who is told after that time was moved. */
  onClockMoved(told: () => void): void;
  listeningAt(baseUrl: string): Promise<void>;
  /** Where customers come back to who were told no other place; null: nowhere is known. */
  returnPage(): string | null;
  close(): Promise<void>;
}

export interface GatewayParts {
  readonly config: Config;
  readonly log: Logger;
  /** When each call may be made; null: at once. */
  readonly limits: CallLimits | null;
  /** Told after each call. */
  readonly onCall: (note: GatewayCallNote) => void;
}

/** Stripe, or the endpoint named instead of it, or the embedded sandbox. */
export function openGateway(parts: GatewayParts): Promise<Result<OpenGateway, PartError>> {
  const { stripe } = parts.config;
  return stripe === null ? openEmbedded(parts) : openConfigured(stripe, parts);
}

async function openConfigured(
  stripe: NonNullable<Config['stripe']>,
  parts: GatewayParts,
): Promise<Result<OpenGateway, PartError>> {
  const connected = await openStripe(stripe, parts);
  let address: string | null = null;
  return connected.map(({ as }) => ({
    as,
    webhookSecrets: stripe.webhookSecrets,
    embedded: [],
    clock: null,
    onClockMoved: () => {},
    listeningAt: async (baseUrl) => {
      address = baseUrl;
    },
    // Customers with money of theirs are elsewhere than the address that we listen on.
    returnPage: () => (takesRealMoney(parts.config) ? null : pageOf(address)),
    close: async () => {},
  }));
}

async function openEmbedded(parts: GatewayParts): Promise<Result<OpenGateway, PartError>> {
  const { config, log } = parts;
  const webhookSecret = newWebhookSecret();
  // News of connected accounts comes to an endpoint with a secret of its own, as at Stripe.
  const connectSecret = newWebhookSecret();
  const secretKey = `sk_test_${randomBytes(12).toString('hex')}`;
  const dataFile = join(config.dataDir, 'sandbox.jsonl');
  const { sandboxPort: port } = config;
  let told = () => {};
  const onClockMoved = () => told();
  const started = await openSandbox({ port, dataFile, secretKey, onClockMoved }, log);
  if (started.isErr()) return err(started.error);
  const sandbox = started.value;
  let address: string | null = null;
  const connected = await openStripe({ secretKey, apiBase: new URL(sandbox.url) }, parts);
  if (connected.isErr()) {
    await sandbox.close();
    return err(connected.error);
  }
  const access = await keepSandboxAccess(config.dataDir, { secretKey, url: sandbox.url });
  return ok({
    as: connected.value.as,
    webhookSecrets: [webhookSecret, connectSecret],
    embedded: [`Stripe sandbox on ${sandbox.url}, data in ${dataFile}`],
    clock: { ...systemClock, now: sandbox.clock.now },
    onClockMoved: (then) => {
      told = then;
    },
    returnPage: () => pageOf(address),
    listeningAt: async (baseUrl) => {
      address = baseUrl;
      const url = `${baseUrl}/api/stripe-webhook`;
      const connect = { url, secret: connectSecret };
      sandbox.webhooks.setEndpoint({ url, secret: webhookSecret, connect });
    },
    close: async () => {
      await access.forget();
      await sandbox.close();
    },
  });
}

function newWebhookSecret(): string {
  return `whsec_${randomBytes(24).toString('hex')}`;
}

function pageOf(address: string | null): string | null {
  return address === null ? null : `${address}/api/returned`;
}

/** Calls to Stripe, or to what speaks like it, guarded and noted. */
export async function openStripe(
  { secretKey, apiBase }: { readonly secretKey: string; readonly apiBase: URL | null },
  { config, log, limits, onCall }: GatewayParts,
): Promise<Result<StripeConnection, NotInstalled>> {
  const loaded = await loadStripe();
  return loaded.map(({ openConnection }) =>
    openConnection({
      secretKey,
      apiBase,
      timeoutMs: config.stripeTimeoutMs,
      limits,
      circuit: { onChange: (state) => log.warn({ state }, 'the circuit to Stripe has changed') },
      onCall: (note) => {
        logCall(log, note);
        onCall(note);
      },
    }),
  );
}

async function openSandbox(
  options: SandboxOptions & { readonly port: number },
  log: Logger,
): Promise<Result<Sandbox, PartError>> {
  const loaded = await loadSandbox();
  if (loaded.isErr()) return err(loaded.error);
  const warn = (line: string) => log.warn({ line }, 'stripe sandbox');
  try {
    return ok(await loaded.value.startSandbox({ ...options, warn }));
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    const code = 'code' in error ? String(error.code) : null;
    if (code === 'EADDRINUSE') return err({ type: 'SandboxPortTaken', port: options.port });
    log.debug({ err: error }, 'the stripe sandbox did not start');
    return err({ type: 'SandboxStartFailed', detail: error.message, code });
  }
}

function logCall(
  log: Logger,
  { call, paymentId, durationMs, outcome, detail }: GatewayCallNote,
): void {
  const facts = { call, paymentId, outcome, detail, durationMs: Math.round(durationMs) };
  if (outcome === 'GatewayUnavailable' || outcome === 'Unreadable')
    log.warn(facts, 'stripe call failed');
  else log.debug(facts, 'stripe call');
}
