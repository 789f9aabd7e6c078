import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { startEmbeddedPostgres } from '../../packages/adapters/src/postgres/embedded/embedded.js';
import { type Program, startProgram, startService } from './processes.js';
import { RUNNERS, WEBHOOK_SECRET } from './requests.js';
import { prepareWal } from './wal.js';

export type TargetName = 'floor' | 'ours' | 'before' | 'counted';

/** By which the double tells them apart. */
export function stripeKeyOf(name: TargetName): string {
  return `sk_test_${name}`;
}

/** Something that takes the users' requests. */
export interface Target {
  readonly name: TargetName;
  readonly program: Program;
  /** Waits until the service has done what it does after it has answered. */
  settle(): Promise<void>;
}

export interface ServiceOptions {
  /** Where Postgres is for it; default: where it is. */
  readonly postgresPort?: number;
}

/** All that is measured with, started; what is measured is started in it. */
export interface World {
  readonly postgresPid: number;
  readonly postgresPort: number;
  readonly postgresVersion: string;
  readonly double: Program;
  readonly load: Program;
  readonly admin: pg.Client;
  /** What the users say who they are with. */
  readonly headers: Readonly<Record<string, string>>;
  /** Starts the service that is built in a checkout, on a database of its own. */
  startService(name: TargetName, checkout: string, options?: ServiceOptions): Promise<Target>;
  /** Starts the floor, which also reads the payments of `ours`. */
  startFloor(): Promise<Target>;
  close(): Promise<void>;
}

export interface WorldOptions {
  /** Connections to Postgres, of the service and of the floor. */
  readonly pool: number;
  /** How long Stripe takes for an answer, in milliseconds. */
  readonly stripeMs: number;
  /** Whether the service knows its callers by a key. */
  readonly apiKey: boolean;
  /** Whether every runner has an account to which money can be sent. */
  readonly runnerAccounts: boolean;
  /** Of a spike refusals are counted; elsewhere nothing is refused, so that only the speed is measured. */
  readonly shape: string;
}

const API_KEY = 'bench-bench-bench-bench';

/** Starts Postgres with fsync on, the double and the users, each a process of its own. */
export async function openWorld(options: WorldOptions): Promise<World> {
  const folder = await mkdtemp(join(tmpdir(), 'campusg-pay-bench-'));
  const postgres = (
    await startEmbeddedPostgres({ dataDir: join(folder, 'postgres') })
  )._unsafeUnwrap();
  const urlOf = (database: string, port = postgres.port) =>
    Object.assign(new URL(postgres.connectionString), { pathname: `/${database}`, port }).href;
  const admin = new pg.Client({ connectionString: urlOf('postgres') });
  await admin.connect();
  await prepareWal(admin);
  const double = await startProgram('stripe-double.ts', { ANSWER_MS: String(options.stripeMs) });
  const load = await startProgram('load.ts');
  const programs = [load, double];
  const { rows } = await admin.query('show server_version');

  const headers = options.apiKey ? { authorization: `Bearer ${API_KEY}` } : {};
  const environmentOf = (name: TargetName, port?: number) => ({
    DATABASE_URL: urlOf(name, port),
    DATABASE_POOL_SIZE: String(options.pool),
    STRIPE_API_BASE: double.url,
    STRIPE_SECRET_KEY: stripeKeyOf(name),
    STRIPE_WEBHOOK_SECRET: WEBHOOK_SECRET,
    ...(options.shape === 'spike' ? {} : { MAX_IN_FLIGHT: '10000' }),
  });
  return {
    postgresPid: postgres.pid,
    postgresPort: postgres.port,
    postgresVersion: rows[0].server_version,
    double,
    load,
    admin,
    headers,
    startService: async (name, checkout, { postgresPort } = {}) => {
      const dataDir = join(folder, name);
      await mkdir(dataDir);
      await admin.query(`create database ${name}`);
      const program = await startService(checkout, {
        ...environmentOf(name, postgresPort),
        CAMPUSG_PAY_DATA_DIR: dataDir,
        ...(options.apiKey ? { API_KEYS: `bench:${API_KEY}` } : {}),
      });
      programs.unshift(program);
      if (options.runnerAccounts) await openAccounts(program.url, headers);
      return { name, program, settle: () => outboxEmpty(urlOf(name)) };
    },
    startFloor: async () => {
      await admin.query('create database floor');
      const program = await startProgram('floor.ts', {
        ...environmentOf('floor'),
        PAYMENTS_URL: urlOf('ours'),
      });
      programs.unshift(program);
      return { name: 'floor', program, settle: async () => {} };
    },
    close: async () => {
      for (const program of programs) await program.stop();
      await admin.end();
      await postgres.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** What was announced is published by then, as far as ten seconds allow. */
async function outboxEmpty(connectionString: string): Promise<void> {
  const client = new pg.Client({ connectionString });
  await client.connect();
  try {
    for (let looks = 0; looks < 200; looks += 1) {
      const { rowCount } = await client.query('select 1 from outbox limit 1');
      if (rowCount === 0) return;
      await sleep(50);
    }
  } finally {
    await client.end();
  }
}

/** Tells the service an account of each runner. */
async function openAccounts(url: string, headers: Readonly<Record<string, string>>) {
  for (let runner = 0; runner < RUNNERS; runner += 1) {
    const answer = await fetch(`${url}/api/runners/runner_${runner}`, {
      method: 'PUT',
      headers: { ...headers, 'content-type': 'application/json' },
      body: JSON.stringify({ stripeAccount: `acct_bench${runner}` }),
    });
    if (!answer.ok) throw new Error(`A runner's account was refused: ${await answer.text()}`);
  }
}
