import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { startEmbeddedPostgres } from '../../packages/adapters/src/postgres/embedded/embedded.js';
import { type Program, startProgram, startService } from './processes.js';
import { WEBHOOK_SECRET } from './requests.js';
import { prepareWal } from './wal.js';

export type TargetName = 'floor' | 'ours' | 'before';

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

/** All that a run needs, started. */
export interface World {
  /** The floor last, so that the others come first in each round. */
  readonly targets: readonly Target[];
  readonly postgresPid: number;
  readonly postgresVersion: string;
  readonly double: Program;
  readonly load: Program;
  readonly admin: pg.Client;
  close(): Promise<void>;
}

export interface WorldOptions {
  /** The checkout whose service is measured. */
  readonly folder: string;
  /** Another one to measure in the same run; null: none. */
  readonly before: string | null;
  /** Connections to Postgres, of the service and of the floor. */
  readonly poolSize: number;
}

/**
 * Starts Postgres with fsync on, the double, the service, the floor and the users, each a process of its
 * own. No Kafka is configured: events are written and then go to the log.
 */
export async function openWorld(options: WorldOptions): Promise<World> {
  const folder = await mkdtemp(join(tmpdir(), 'campusg-pay-bench-'));
  const postgres = (
    await startEmbeddedPostgres({ dataDir: join(folder, 'postgres') })
  )._unsafeUnwrap();
  const urlOf = (database: string) =>
    Object.assign(new URL(postgres.connectionString), { pathname: `/${database}` }).href;
  const admin = new pg.Client({ connectionString: urlOf('postgres') });
  await admin.connect();
  await prepareWal(admin);
  const double = await startProgram('stripe-double.ts');
  const load = await startProgram('load.ts');
  const programs = [load, double];

  const service = async (name: 'ours' | 'before', checkout: string): Promise<Target> => {
    const dataDir = join(folder, name);
    await mkdir(dataDir);
    await admin.query(`create database ${name}`);
    const program = await startService(checkout, {
      DATABASE_URL: urlOf(name),
      DATABASE_POOL_SIZE: String(options.poolSize),
      STRIPE_API_BASE: double.url,
      STRIPE_SECRET_KEY: stripeKeyOf(name),
      STRIPE_WEBHOOK_SECRET: WEBHOOK_SECRET,
      CAMPUSG_PAY_DATA_DIR: dataDir,
    });
    programs.unshift(program);
    return { name, program, settle: () => outboxEmpty(urlOf(name)) };
  };

  const targets = [await service('ours', options.folder)];
  if (options.before !== null) targets.push(await service('before', options.before));
  await admin.query('create database floor');
  const floor = await startProgram('floor.ts', {
    DATABASE_URL: urlOf('floor'),
    PAYMENTS_URL: urlOf('ours'),
    STRIPE_API_BASE: double.url,
    STRIPE_SECRET_KEY: stripeKeyOf('floor'),
    STRIPE_WEBHOOK_SECRET: WEBHOOK_SECRET,
    POOL_SIZE: String(options.poolSize),
  });
  programs.unshift(floor);
  targets.push({ name: 'floor', program: floor, settle: async () => {} });
  const { rows } = await admin.query('show server_version');
  return {
    targets,
    postgresPid: postgres.pid,
    postgresVersion: rows[0].server_version,
    double,
    load,
    admin,
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
