// How the service grows with replicas: the same load on 1, 2 and 4 processes that share one database,
// directly and through PgBouncer in transaction mode. On a machine of few cores throughput can't grow
// with processes; what says how it would is the CPU that an order costs, in the service and in Postgres.
// In the end the records of every layout are held to the calls that the double was asked.
//
//   npm run bench:replicas [-- rounds [orders [users [warm-up orders of each replica]]]]

import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { startEmbeddedPostgres } from '../packages/adapters/src/postgres/embedded/embedded.js';
import {
  hasPgBouncer,
  launchPgBouncer,
} from '../packages/adapters/test/setup/pgbouncer-process.js';
import { cpuMsOf, cpuMsOfFamily } from './service/cpu.js';
import type { LoadJob, LoadResult } from './service/load.js';
import { type Program, startProgram, startService } from './service/processes.js';
import { WEBHOOK_SECRET } from './service/requests.js';

const [rounds = 2, orders = 1_600, users = 32, warmUpEach = 1_000] = process.argv
  .slice(2)
  .map(Number);
/** Of one database in all, whoever shares it. */
const CONNECTIONS = 20;
const REPLICAS = [1, 2, 4];
const IDLE_MS = 2_000;
/** Asked for through every replica at the same moment. */
const CONTENDED = 100;

interface Layout {
  readonly replicas: number;
  readonly via: 'direct' | 'pgbouncer';
}

interface Sample extends Layout {
  readonly perSecond: number;
  readonly p50: number;
  readonly p99: number;
  readonly serviceMs: number;
  readonly postgresMs: number;
  readonly poolerMs: number;
  /** CPU in a second in which nobody asks for anything, of the services and of Postgres. */
  readonly idleMs: number;
}

const folder = await mkdtemp(join(tmpdir(), 'campusg-pay-replicas-'));
const postgres = (
  await startEmbeddedPostgres({ dataDir: join(folder, 'postgres') })
)._unsafeUnwrap();
const pooler = hasPgBouncer
  ? await launchPgBouncer(postgres.connectionString, 'transaction', ['max_client_conn = 400'])
  : null;
if (pooler === null) console.log('pgbouncer is not installed (Debian: pgbouncer): only directly');
const double = await startProgram('stripe-double.ts');
const layouts: readonly Layout[] = REPLICAS.flatMap((replicas) => [
  { replicas, via: 'direct' as const },
  ...(pooler === null ? [] : [{ replicas, via: 'pgbouncer' as const }]),
]);
const samples: Sample[] = [];
const broken: string[] = [];
try {
  for (let round = 0; round < rounds; round += 1) {
    // Whoever comes first finds another machine than whoever comes last.
    const inTurn = round % 2 === 0 ? layouts : layouts.toReversed();
    for (const layout of inTurn) samples.push(await measure(layout));
  }
  tell();
} finally {
  await double.stop();
  await pooler?.close();
  await postgres.close();
  await rm(folder, { recursive: true, force: true });
}
if (broken.length > 0) {
  console.error(broken.join('\n'));
  process.exitCode = 1;
}

async function measure(layout: Layout): Promise<Sample> {
  const name = `bench_${randomUUID().replaceAll('-', '').slice(0, 12)}`;
  await asAdmin('postgres', `create database ${name}`);
  const key = `sk_test_${name}`;
  const services = await startReplicas(layout, name, key);
  const loads = await Promise.all(services.map(() => startProgram('load.ts')));
  try {
    await ask(loads, services, { prefix: 'warm-', orders: warmUpEach * layout.replicas });
    await outboxEmpty(name);
    const idle = await readMeters(services);
    await sleep(IDLE_MS);
    const before = await readMeters(services);
    const results = await ask(loads, services, { prefix: 'order-', orders });
    await outboxEmpty(name);
    const after = await readMeters(services);
    // All at once for the same orders: whoever comes second waits for the first.
    await Promise.all(
      services.map((service, n) =>
        run(loads[n], service, { prefix: 'same-', from: 0, orders: CONTENDED, users: 8 }),
      ),
    );
    await outboxEmpty(name);
    await check(layout, name, key);
    const ms = Math.max(...results.map((one) => one.ms));
    const mean = (figure: (one: LoadResult) => number) =>
      results.reduce((sum, one) => sum + figure(one), 0) / results.length;
    return {
      ...layout,
      perSecond: orders / (ms / 1000),
      p50: mean(({ p50 }) => p50),
      p99: Math.max(...results.map(({ p99 }) => p99)),
      serviceMs: (after.serviceMs - before.serviceMs) / orders,
      postgresMs: (after.postgresMs - before.postgresMs) / orders,
      poolerMs: (after.poolerMs - before.poolerMs) / orders,
      idleMs:
        (before.serviceMs - idle.serviceMs + before.postgresMs - idle.postgresMs) /
        (IDLE_MS / 1000),
    };
  } finally {
    for (const program of [...loads, ...services]) await program.stop();
    await asAdmin('postgres', `drop database ${name} with (force)`);
  }
}

async function startReplicas(layout: Layout, database: string, key: string): Promise<Program[]> {
  const at = layout.via === 'direct' ? postgres.connectionString : pooler?.connectionString;
  const databaseUrl = Object.assign(new URL(at ?? ''), { pathname: `/${database}` }).href;
  const services: Program[] = [];
  for (let n = 0; n < layout.replicas; n += 1) {
    const dataDir = join(folder, database, String(n));
    await mkdir(dataDir, { recursive: true });
    services.push(
      await startService(process.cwd(), {
        DATABASE_URL: databaseUrl,
        DATABASE_POOL_SIZE: String(CONNECTIONS / layout.replicas),
        STRIPE_API_BASE: double.url,
        STRIPE_SECRET_KEY: key,
        STRIPE_WEBHOOK_SECRET: WEBHOOK_SECRET,
        CAMPUSG_PAY_DATA_DIR: dataDir,
      }),
    );
  }
  return services;
}

/** The orders and the users in equal shares to all replicas, each held and released. */
function ask(
  loads: readonly Program[],
  services: readonly Program[],
  { prefix, orders: all }: { readonly prefix: string; readonly orders: number },
): Promise<LoadResult[]> {
  const share = all / services.length;
  return Promise.all(
    services.map((service, n) =>
      run(loads[n], service, {
        prefix,
        from: n * share,
        orders: share,
        users: users / services.length,
      }),
    ),
  );
}

async function run(
  load: Program | undefined,
  service: Program,
  part: Pick<LoadJob, 'prefix' | 'from' | 'orders' | 'users'>,
): Promise<LoadResult> {
  if (load === undefined) throw new Error('there are as many users as replicas');
  const answered = once(load.child, 'message');
  const job: LoadJob = {
    ...part,
    url: service.url,
    stripeUrl: double.url,
    commands: ['authorize', 'release'],
    customers: 1_000,
    eventPrefix: part.prefix,
    headers: {},
  };
  load.child.send(job);
  const [result] = (await answered) as [LoadResult];
  if (result.failures > 0) broken.push(`${result.failures} failed: ${result.firstFailure}`);
  return result;
}

async function readMeters(services: readonly Program[]) {
  const each = await Promise.all(services.map(({ pid }) => cpuMsOf(pid)));
  return {
    serviceMs: each.reduce<number>((sum, one) => sum + (one ?? 0), 0),
    postgresMs: (await cpuMsOfFamily(postgres.pid)) ?? 0,
    poolerMs: pooler === null ? 0 : ((await cpuMsOf(pooler.pid)) ?? 0),
  };
}

/** No command lost, none doubled: one payment, one PaymentIntent and one capture for each order. */
async function check(layout: Layout, database: string, key: string): Promise<void> {
  const wanted = warmUpEach * layout.replicas + orders + CONTENDED;
  const [found] = await asAdmin<{ payments: number; orders: number; intents: number }>(
    database,
    `select count(*)::int as payments, count(distinct order_id)::int as orders,
       count(distinct payment_intent_id)::int as intents
     from payments where status = 'RELEASED'`,
  );
  const counts = (await (await fetch(`${double.url}/bench/counts`)).json()) as Record<
    string,
    Record<string, number>
  >;
  const called = counts[key] ?? {};
  const figures = {
    ...found,
    holds: called['POST /v1/payment_intents'],
    captures: called['POST /v1/payment_intents/:id/capture'],
  };
  for (const [what, count] of Object.entries(figures)) {
    if (count === wanted) continue;
    broken.push(`${layout.replicas} ${layout.via}: ${count} ${what} for ${wanted} orders`);
  }
}

async function outboxEmpty(database: string): Promise<void> {
  for (let looks = 0; looks < 400; looks += 1) {
    if ((await asAdmin(database, 'select 1 from outbox limit 1')).length === 0) return;
    await sleep(25);
  }
  broken.push('events are left in the outbox');
}

async function asAdmin<Row>(database: string, sql: string): Promise<Row[]> {
  const url = Object.assign(new URL(postgres.connectionString), { pathname: `/${database}` });
  const client = new pg.Client({ connectionString: url.href });
  await client.connect();
  try {
    return (await client.query(sql)).rows as Row[];
  } finally {
    await client.end();
  }
}

function tell(): void {
  console.log(
    `${orders} orders (held and released) of ${users} users, median of ${rounds} rounds, ` +
      `${availableParallelism()} cores for all of it, ${CONNECTIONS} connections in all`,
  );
  console.log(
    'replicas  via         orders/s  p50 ms  p99 ms  service  Postgres  pooler (CPU ms an order)  idle (CPU ms a second)',
  );
  for (const layout of layouts) {
    const own = samples.filter(
      ({ replicas, via }) => replicas === layout.replicas && via === layout.via,
    );
    const middle = (figure: (one: Sample) => number, digits: number) =>
      (own.map(figure).toSorted((a, b) => a - b)[Math.floor(own.length / 2)] ?? 0).toFixed(digits);
    const cells = [
      middle((one) => one.perSecond, 0).padStart(8),
      middle((one) => one.p50, 1).padStart(6),
      middle((one) => one.p99, 1).padStart(6),
      middle((one) => one.serviceMs, 2).padStart(7),
      middle((one) => one.postgresMs, 2).padStart(8),
      middle((one) => one.poolerMs, 2).padStart(6),
      middle((one) => one.idleMs, 1).padStart(23),
    ];
    console.log(
      `${String(layout.replicas).padEnd(9)} ${layout.via.padEnd(11)} ${cells.join('  ')}`,
    );
  }
  const checked = samples.length * (orders + CONTENDED);
  console.log(
    broken.length === 0
      ? `${checked} orders checked: one payment, one PaymentIntent and one capture each`
      : 'records and calls do not agree:',
  );
}
