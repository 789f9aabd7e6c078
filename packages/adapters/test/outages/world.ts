import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { brokenInvariants } from '@campusg-pay/core/testing';
import { type SeenRequest, startSandbox } from '@campusg-pay/sandbox';
import type pg from 'pg';
import { pino } from 'pino';
import { readConfig } from '../../src/service/config.js';
import { openRuntime, type Runtime } from '../../src/service/runtime.js';
import type { TestClock } from '../setup/clock.js';
import { evidenceOf, recordingPublisher } from '../setup/evidence.js';
import { createMeter } from './measure.js';

/** The deadline of one call to Stripe in these worlds, in milliseconds. */
export const DEADLINE_MS = 500;

/** Two services on one database and one Stripe, under load while parts of it go away. */
export async function openOutageWorld(options: {
  readonly clock: TestClock;
  /** The services' way to the database. */
  readonly databaseUrl: string;
  readonly poolSize: number;
  /** Of one call to Stripe. A minute where nothing is to depend on how busy this machine is. */
  readonly deadlineMs?: number;
}) {
  const { clock, deadlineMs = DEADLINE_MS } = options;
  const folder = await mkdtemp(join(tmpdir(), 'campusg-pay-outage-'));
  const dataFile = join(folder, 'sandbox.jsonl');
  const now = () => clock.now();
  let sandbox = await startSandbox({ dataFile, now });
  const past: SeenRequest[] = [];
  const { publisher, told } = recordingPublisher();
  const lines: Record<string, unknown>[] = [];
  const log = pino({ level: 'debug' }, { write: (line) => lines.push(JSON.parse(line)) });
  const open = async (timeoutMs: number): Promise<Runtime> => {
    const config = readConfig({
      DATABASE_URL: options.databaseUrl,
      DATABASE_POOL_SIZE: String(options.poolSize),
      STRIPE_SECRET_KEY: 'sk_test_outages',
      STRIPE_API_BASE: sandbox.url,
      STRIPE_TIMEOUT_MS: String(timeoutMs),
    })._unsafeUnwrap();
    return (await openRuntime(config, log, { clock, publisher }))._unsafeUnwrap();
  };
  const services = [await open(deadlineMs), await open(deadlineMs)];
  const requests = () => [...past, ...sandbox.ledger().requests];
  return {
    clock,
    told,
    meter: createMeter(),
    lines,
    /** The n-th service, turn by turn. */
    service: (turn: number): Runtime => {
      const service = services[turn % services.length];
      if (service === undefined) throw new Error('no service');
      return service;
    },
    /**
     * A third one, for a while, that gives Stripe a minute: what is not about the outage must not
     * depend on how busy this machine is.
     */
    patiently: async <Done>(work: (service: Runtime) => Promise<Done>): Promise<Done> => {
      const service = await open(60_000);
      try {
        return await work(service);
      } finally {
        await service.close();
      }
    },
    sandbox: () => sandbox,
    requests,
    /** Nobody listens at Stripe's address any more. */
    closeStripe: async () => {
      past.push(...sandbox.ledger().requests);
      await sandbox.close();
    },
    reopenStripe: async () => {
      const port = Number(new URL(sandbox.url).port);
      sandbox = await startSandbox({ port, dataFile, now });
    },
    /** All that is broken once nothing is owed any more, judged by Stripe's own books. */
    broken: async (pool: pg.Pool) => {
      const books = { ledger: sandbox.ledger(), requests: requests() };
      return brokenInvariants(await evidenceOf(pool, told, books), { quiet: true });
    },
    close: async () => {
      for (const service of services) await service.close();
      await sandbox.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

export type OutageWorld = Awaited<ReturnType<typeof openOutageWorld>>;

/** Lets virtual minutes pass until no call is owed and every event is told; fails after a day. */
export async function heal(world: OutageWorld, pool: pg.Pool): Promise<void> {
  for (let minute = 0; minute < 24 * 60; minute += 10) {
    const { rows } = await pool.query<{ left: number }>(
      `select (select count(*) from payments where operation_key is not null)
            + (select count(*) from outbox) as left`,
    );
    if (Number(rows[0]?.left) === 0) return;
    world.clock.advance(10 * 60_000);
    (await world.service(minute / 10).escrow.resume(500))._unsafeUnwrap();
    // The relays look in real time, and at rest once a second only.
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error('something is owed or untold for ever');
}
