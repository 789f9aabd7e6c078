import { type Config, openMetrics, type Runtime, readConfig } from '@campusg-pay/adapters';
import type {
  Commands,
  Escrow,
  IdempotencyKeys,
  KeptAnswer,
  KeyedRequest,
  Payment,
} from '@campusg-pay/core';
import { type MemorySystem, memoryPaymentSearch, memorySystem } from '@campusg-pay/core/testing';
import { ok } from 'neverthrow';
import pino from 'pino';
import { afterAll } from 'vitest';
import { type Served, serve } from '../src/http-server.js';

/** The service behind real HTTP, with everything outside of it in memory. */
export interface Door {
  readonly url: string;
  readonly served: Served;
  readonly system: MemorySystem;
  readonly runtime: Runtime;
  /** The use cases that were asked for, in order. */
  readonly asked: (keyof Escrow)[];
  /** What was logged, one object a line. */
  readonly lines: Record<string, unknown>[];
  get(path: string, headers?: Record<string, string>): Promise<Answered>;
  /** Sends JSON, or a body as it is with headers of its own. */
  post(path: string, body?: unknown, headers?: Record<string, string>): Promise<Answered>;
  put(path: string, body?: unknown, headers?: Record<string, string>): Promise<Answered>;
  /** An order with a hold on it. */
  held(orderId: string): Promise<Payment>;
}

export interface Answered {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  readonly body: Body;
}

// biome-ignore lint/suspicious/noExplicitAny: tests look into bodies that they then judge.
type Body = any;

interface DoorOptions {
  readonly config?: Partial<Config>;
  readonly escrow?: Partial<Escrow>;
  readonly takeWebhook?: Runtime['takeWebhook'];
  readonly ready?: Runtime['ready'];
  readonly commands?: Commands;
  readonly totalsOf?: Runtime['totalsOf'];
  readonly looking?: Runtime['looking'];
  readonly commandConsumer?: Runtime['commandConsumer'];
  readonly drainMs?: number;
  readonly system?: MemorySystem;
}

/** Opens a door on a port of its own; it is closed after the test file. */
export async function openDoor(options: DoorOptions = {}): Promise<Door> {
  const system = options.system ?? memorySystem();
  const asked: (keyof Escrow)[] = [];
  const lines: Record<string, unknown>[] = [];
  const log = pino({ level: 'debug' }, { write: (line) => lines.push(JSON.parse(line)) });
  const metrics = await openMetrics(log);
  const runtime: Runtime = {
    config: { ...readConfig({})._unsafeUnwrap(), port: 0, ...options.config },
    log,
    escrow: listening({ ...system.escrow, ...options.escrow }, asked),
    takeWebhook: options.takeWebhook ?? (async () => ok('changed' as const)),
    ready: options.ready ?? (async () => ok(undefined)),
    idempotencyKeys: memoryKeys(),
    looking: options.looking ?? memoryPaymentSearch(() => system.store.payments()),
    commands: options.commands ?? NO_COMMANDS,
    totalsOf: options.totalsOf ?? (async () => ok([])),
    commandConsumer: options.commandConsumer ?? (() => null),
    leastWaitMs: () => 0,
    outboxBacklog: async () => ok({ rows: 0, oldestAgeMs: 0 }),
    embedded: [],
    noteRequest: metrics.request,
    exposeMetrics: () => metrics.expose({ standing: null, consumer: null, rates: [] }),
    listeningAt: async () => {},
    close: async () => {},
  };
  const { drainMs } = options;
  const served = (await serve(runtime, drainMs === undefined ? {} : { drainMs }))._unsafeUnwrap();
  afterAll(() => served.close());
  const { url } = served;
  const ask = async (path: string, init: RequestInit) => answered(await fetch(url + path, init));
  return {
    url,
    served,
    system,
    runtime,
    asked,
    lines,
    get: (path, headers = {}) => ask(path, { headers }),
    post: (path, body, headers) => ask(path, { method: 'POST', ...sent(body, headers) }),
    put: (path, body, headers) => ask(path, { method: 'PUT', ...sent(body, headers) }),
    held: async (orderId) => {
      const command = system.authorizing({ orderId });
      return (await system.escrow.authorize(command))._unsafeUnwrap().payment;
    },
  };
}

/** Where commands are answered by events is another door's business. */
const NO_COMMANDS: Commands = {
  take: () => Promise.reject(new Error('no commands are taken in')),
  accept: () => Promise.reject(new Error('no commands are accepted')),
  refuse: () => Promise.reject(new Error('no commands are refused')),
  lookAgain: async () => ok({ taken: 0, troubles: [] }),
};

/** The keys of a door, as Postgres keeps them. */
function memoryKeys(): IdempotencyKeys {
  const rows = new Map<string, { meaning: string; answer?: KeptAnswer }>();
  const nameOf = ({ caller, key }: KeyedRequest) => `${caller}\n${key}`;
  return {
    look: async (request) => {
      const { meaning } = request;
      const row = rows.get(nameOf(request)) ?? { meaning };
      rows.set(nameOf(request), row);
      if (row.meaning !== meaning) return ok({ type: 'used_otherwise' });
      return ok(
        row.answer === undefined ? { type: 'open' } : { type: 'answered', answer: row.answer },
      );
    },
    keep: async (request, answer) => {
      const first = rows.get(nameOf(request))?.answer ?? answer;
      rows.set(nameOf(request), { meaning: request.meaning, answer: first });
      return ok(first);
    },
    forget: async () => ok(0),
  };
}

/** The authorize of the guide, for a customer that the memory gateway knows. */
export function authorizeBody(door: Door, changes: { customer?: object; order?: object } = {}) {
  const { stripeCustomerId, paymentMethodId } = door.system.authorizing();
  return {
    ...changes,
    customer: {
      clerkUserId: 'user_2uFnauOsxFRGIoy3O5CJA6v5sM6',
      stripeCustomerId,
      userStripeCard: { payment_method_id: paymentMethodId },
      ...changes.customer,
    },
    order: { amount: 2098, description: 'Order 1 - CampusG Escrow', ...changes.order },
  };
}

function sent(body: unknown, headers: Record<string, string> | undefined): RequestInit {
  if (body === undefined) return { headers: headers ?? {} };
  if (typeof body === 'string' || body instanceof Uint8Array) {
    return { body, headers: headers ?? { 'content-type': 'application/json' } };
  }
  return {
    body: JSON.stringify(body),
    headers: { 'content-type': 'application/json', ...headers },
  };
}

async function answered(response: Response): Promise<Answered> {
  const text = await response.text();
  const isJson = response.headers.get('content-type')?.startsWith('application/json') ?? false;
  const { status, headers } = response;
  return { status, headers, text, body: isJson ? JSON.parse(text) : null };
}

/** The same escrow, noting what it is asked for. */
function listening(escrow: Escrow, asked: (keyof Escrow)[]): Escrow {
  return new Proxy(escrow, {
    get: (target, name: keyof Escrow) => {
      const useCase: unknown = target[name];
      if (typeof useCase !== 'function') return useCase;
      return (...given: unknown[]) => {
        asked.push(name);
        return Reflect.apply(useCase, target, given);
      };
    },
  });
}
