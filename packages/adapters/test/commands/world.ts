import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type CommandType, type Currency, keyOf, type Outgoing } from '@campusg-pay/core';
import { INSTALLATION, leaveDoubt } from '@campusg-pay/core/testing';
import { startSandbox } from '@campusg-pay/sandbox';
import { pino } from 'pino';
import { afterAll } from 'vitest';
import { readCommand } from '../../src/contract/command-requests.js';
import { toMessage } from '../../src/contract/messages.js';
import { readConfig } from '../../src/service/config.js';
import { openRuntime, type Runtime } from '../../src/service/runtime.js';
import { testClock } from '../setup/clock.js';
import { testDatabase } from '../setup/database.js';
import { until } from '../setup/service.js';

const closing: (() => Promise<void>)[] = [];
afterAll(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

/** What a saga hears. */
export interface Heard {
  readonly key: string;
  readonly type: string;
  readonly correlation_id: string;
  readonly timestamp: string;
  // biome-ignore lint/suspicious/noExplicitAny: tests look into payloads that they then judge.
  readonly payload: any;
}

/** The service on a database and a Stripe of its own, and all that sagas hear from it. */
export async function openCommandWorld(
  options: { readonly wayToDatabase?: (direct: string) => Promise<string> } = {},
) {
  const { connectionString: direct, pool } = await testDatabase();
  const connectionString = (await options.wayToDatabase?.(direct)) ?? direct;
  const clock = testClock();
  const folder = await mkdtemp(join(tmpdir(), 'campusg-pay-commands-'));
  const stripe = {
    secretKey: 'sk_test_commands',
    dataFile: join(folder, 'sandbox.jsonl'),
    now: () => clock.now(),
  };
  let sandbox = await startSandbox(stripe);
  const told: Outgoing[] = [];
  const publisher = {
    publish: async (all: readonly Outgoing[]) => {
      told.push(...all);
    },
  };
  const lines: Record<string, unknown>[] = [];
  const log = pino({ level: 'debug' }, { write: (line) => lines.push(JSON.parse(line)) });
  const config = readConfig({
    DATABASE_URL: connectionString,
    STRIPE_SECRET_KEY: 'sk_test_commands',
    STRIPE_API_BASE: sandbox.url,
    STRIPE_TIMEOUT_MS: '1000',
    COMPAT_ROUTES: 'true',
  })._unsafeUnwrap();
  const services: Runtime[] = [];
  const openAnother = async () => {
    const options = { clock, publisher, decorate: leaveDoubt };
    const service = (await openRuntime(config, log, options))._unsafeUnwrap();
    services.push(service);
    return service;
  };
  const runtime = await openAnother();
  closing.push(async () => {
    for (const service of services) await service.close();
    await sandbox.close();
    await rm(folder, { recursive: true, force: true });
  });
  // Two services may publish the same; whoever listens drops what it has heard.
  const heard = (): Heard[] =>
    [...new Map(told.map((one) => [one.id, one])).values()].map((one) => ({
      key: keyOf(one),
      ...JSON.parse(toMessage(one, 'own').value),
    }));
  const allIsSaid = async () => {
    await until(
      async () => (await pool.query('select count(*)::int as rows from outbox')).rows[0].rows,
      (rows) => rows === 0,
    );
  };
  return {
    direct,
    runtime,
    clock,
    pool,
    config,
    log,
    lines,
    told,
    heard,
    openAnother,
    /**
     * Resolves when nothing waits to be said any more. Soon after it was written down, and within
     * about a second where the relay of another service says it: nobody wakes that one.
     */
    allIsSaid,
    sandbox: () => sandbox,
    /** Nobody listens at Stripe's address any more. */
    closeStripe: () => sandbox.close(),
    reopenStripe: async () => {
      sandbox = await startSandbox({ ...stripe, port: Number(new URL(sandbox.url).port) });
    },
    /** What was heard under a correlation id, in short; after a while in which more could come. */
    answersTo: async (correlationId: string, restMs = 300) => {
      await sleep(restMs);
      await allIsSaid();
      return heard().filter((one) => one.correlation_id === correlationId);
    },
    give: (type: CommandType, correlationId: string, payload: object, holder = 'test') =>
      runtime.commands.take(asking(type, correlationId, payload), holder),
    row: async (correlationId: string, type: CommandType) => {
      const sql = 'select * from commands where correlation_id = $1 and type = $2';
      return (await pool.query(sql, [correlationId, type])).rows[0];
    },
  };
}

export type CommandWorld = Awaited<ReturnType<typeof openCommandWorld>>;

/** A command as a door reads it. */
export function asking(type: CommandType, correlationId: string, payload: object) {
  const installation = INSTALLATION;
  const context = { correlationId, installation, fallback: 'USD' as Currency };
  return readCommand(type, payload, context)._unsafeUnwrap();
}

/** The payload of an authorize that works. */
export function holding(orderId: string, card = 'pm_card_visa') {
  return {
    order_id: orderId,
    customer: { clerkUserId: 'user-1', userStripeCard: { payment_method_id: card } },
    order: { amount: 2098, description: `Order ${orderId}` },
    return_url: 'https://campusg.example/done',
  };
}

/** The types of what was heard. */
export const types = (heard: readonly Heard[]): string[] => heard.map(({ type }) => type);
