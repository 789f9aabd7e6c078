import { setTimeout as sleep } from 'node:timers/promises';
import { openRuntime, type Runtime, readConfig } from '@campusg-pay/adapters';
import type { Clock } from '@campusg-pay/core';
import { leaveDoubt } from '@campusg-pay/core/testing';
import { type Sandbox, startSandbox } from '@campusg-pay/sandbox';
import pino from 'pino';
import { afterAll, afterEach } from 'vitest';
import { serve } from '../../src/http-server.js';
import { type OwnDatabase, ownDatabase } from './database.js';

export const SECRET_KEY = 'sk_test_e2e';
export const WEBHOOK_SECRET = 'whsec_e2e';
/** The next one, accepted already while it is rotated in. */
export const NEXT_WEBHOOK_SECRET = 'whsec_e2e_next';

/** Real time that can be moved ahead, so that leases run out without waiting. */
export interface TestClock extends Clock {
  advance(ms: number): void;
}

/** One running service: its own pool, its own background work, its own port. */
export interface Service {
  readonly url: string;
  readonly runtime: Runtime;
  /** What was logged, one object a line. */
  readonly lines: Record<string, unknown>[];
  /** The statements of commands and questions, in order; the background's own are left out. */
  readonly statements: string[];
  get(path: string, headers?: Record<string, string>): Promise<Answered>;
  /** Sends JSON, or text as it is. */
  post(path: string, body?: unknown, headers?: Record<string, string>): Promise<Answered>;
  put(path: string, body?: unknown, headers?: Record<string, string>): Promise<Answered>;
  close(): Promise<void>;
}

/** Database, Stripe-shaped sandbox and service, as real as they get on one machine. */
export interface World extends Service {
  readonly database: OwnDatabase;
  readonly sandbox: Sandbox;
  readonly clock: TestClock;
  /** Another instance on the same database and the same Stripe. */
  openService(): Promise<Service>;
  /** Whether Stripe's webhooks come through. Events while they don't are never delivered. */
  deliverWebhooks(on: boolean): void;
}

export interface Answered {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  readonly body: Body;
}

// biome-ignore lint/suspicious/noExplicitAny: tests look into bodies that they then judge.
type Body = any;

export interface WorldOptions {
  readonly webhooks?: boolean;
  /** Whether whose call ended in doubt asks again at once, as it really does; else others find out. */
  readonly asksAtOnce?: boolean;
  /** The address at which the services find Stripe, where it is not the sandbox's own. */
  readonly wayToStripe?: (direct: string) => Promise<string>;
  readonly environment?: Readonly<Record<string, string>>;
}

const opened: { clearFaults(): void; close(): Promise<void> }[] = [];

// Here and not in `openWorld`, as Vitest ignores hooks that are added once tests run.
afterEach(() => {
  for (const world of opened) world.clearFaults();
});
afterAll(async () => {
  for (const world of opened) await world.close();
});

/** Opens a world for one test file; it is closed after the file, faults are cleared after each test. */
export async function openWorld(options: WorldOptions = {}): Promise<World> {
  const database = await ownDatabase();
  const sandbox = await startSandbox({
    secretKey: SECRET_KEY,
    webhookRetry: { firstMs: 50, maxMs: 200 },
  });
  const clock = testClock();
  const environment = {
    DATABASE_URL: database.connectionString,
    STRIPE_SECRET_KEY: SECRET_KEY,
    STRIPE_WEBHOOK_SECRET: `${WEBHOOK_SECRET},${NEXT_WEBHOOK_SECRET}`,
    STRIPE_API_BASE: (await options.wayToStripe?.(sandbox.url)) ?? sandbox.url,
    PORT: '0',
    ...options.environment,
  };
  const services: Service[] = [];
  const openAnother = async () => {
    const service = await openService(environment, clock, options.asksAtOnce ?? false);
    services.push(service);
    return service;
  };
  const service = await openAnother();
  const endpoint = { url: `${service.url}/api/stripe-webhook`, secret: WEBHOOK_SECRET };
  const deliverWebhooks = (on: boolean) => sandbox.webhooks.setEndpoint(on ? endpoint : null);
  deliverWebhooks(options.webhooks ?? true);
  opened.push({
    clearFaults: () => sandbox.faults.clear(),
    close: async () => {
      for (const each of services) await each.close();
      await sandbox.close();
      await database.drop();
    },
  });
  return { ...service, database, sandbox, clock, deliverWebhooks, openService: openAnother };
}

/** Real time, with an offset that only grows. */
function testClock(): TestClock {
  let offsetMs = 0;
  return {
    now: () => new Date(Date.now() + offsetMs),
    sleep: async (ms) => {
      await sleep(ms);
    },
    advance: (ms) => {
      offsetMs += ms;
    },
  };
}

const BACKGROUND = new Set([
  'waiting_in_outbox',
  'remove_published',
  'take_owing_payments',
  'due_transfers',
  'due_payments',
  'forget_idempotency_keys',
  'forget_commands',
  'take_due_commands',
  'take_job',
  'put_back_job',
  'find_payments',
  'payments_created_within',
]);

async function openService(
  environment: Record<string, string>,
  clock: TestClock,
  asksAtOnce: boolean,
): Promise<Service> {
  const lines: Record<string, unknown>[] = [];
  const statements: string[] = [];
  const log = pino({ level: 'debug' }, { write: (line) => lines.push(JSON.parse(line)) });
  const config = readConfig(environment)._unsafeUnwrap();
  const onQuery = (name: string) => {
    if (!BACKGROUND.has(name)) statements.push(name);
  };
  const options = { clock, onQuery, ...(asksAtOnce ? {} : { decorate: leaveDoubt }) };
  const runtime = (await openRuntime(config, log, options))._unsafeUnwrap();
  const served = (await serve(runtime))._unsafeUnwrap();
  const { url } = served;
  const ask = async (path: string, init: RequestInit) => answered(await fetch(url + path, init));
  let closing: Promise<void> | undefined;
  const close = async () => {
    await served.close();
    await runtime.close();
  };
  return {
    url,
    runtime,
    lines,
    statements,
    get: (path, headers = {}) => ask(path, { headers }),
    post: (path, body, headers) => ask(path, { method: 'POST', ...sent(body, headers) }),
    put: (path, body, headers) => ask(path, { method: 'PUT', ...sent(body, headers) }),
    close: () => {
      closing ??= close();
      return closing;
    },
  };
}

function sent(body: unknown, headers: Record<string, string> = {}): RequestInit {
  if (body === undefined) return { headers };
  const type = { 'content-type': 'application/json' };
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  return { body: text, headers: { ...type, ...headers } };
}

async function answered(response: Response): Promise<Answered> {
  const text = await response.text();
  const isJson = response.headers.get('content-type')?.startsWith('application/json') ?? false;
  const { status, headers } = response;
  return { status, headers, text, body: isJson ? JSON.parse(text) : null };
}
