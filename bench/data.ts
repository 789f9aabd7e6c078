// What commands cost with few payments and with many, in one run and in turn: pages that each statement looks
// at, WAL, and time on a processor. The databases are seeded with whole histories; Stripe answers at once.
//
//   npm run bench:data                              10,000 and 1,000,000 payments (3 GB under the temporary folder)
//   npm run bench:data -- 10000 10000000            30 GB, and half an hour to seed them
//   npm run bench:data -- 10000 postgres://...      the second one as `npm run seed` has left it, on this machine, by a
//                                                   superuser, with shared_preload_libraries = 'pg_stat_statements'

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createPool } from '../packages/adapters/src/postgres/connection/pool.js';
import { startEmbeddedPostgres } from '../packages/adapters/src/postgres/embedded/embedded.js';
import { migrate } from '../packages/adapters/src/postgres/schema/migrate.js';
import { seed, seededSpan } from '../scripts/seed/seed.js';
import type { CommandCosts } from './data-commands.js';
import { runScript } from './data-processes.js';
import { startProgram } from './service/processes.js';

const ORDERS = 1_000;
const ROUNDS = 3;

/** A seeded database. */
interface Place {
  readonly connectionString: string;
  readonly payments: number;
  close(): Promise<void>;
}

const [small = '10000', large = '1000000'] = process.argv.slice(2);
const folder = await mkdtemp(join(tmpdir(), 'campusg-pay-bench-'));
const stripe = await startProgram('stripe-double.ts');
const places: Place[] = [];
try {
  for (const wanted of [small, large]) places.push(await placeOf(wanted));
  const costs: CommandCosts[][] = places.map(() => []);
  for (let round = 0; round < ROUNDS; round += 1) {
    for (const [index, { connectionString, payments }] of places.entries()) {
      const customers = Math.ceil(payments / 10);
      const wanted = { connectionString, stripe: stripe.url, orders: ORDERS, customers };
      costs[index]?.push(await runScript<CommandCosts>('data-commands.ts', wanted));
    }
  }
  tell(places, costs);
} finally {
  await stripe.stop();
  for (const place of places) await place.close();
  await rm(folder, { recursive: true, force: true });
}

async function placeOf(wanted: string): Promise<Place> {
  if (!wanted.startsWith('postgres')) return seeded(Number(wanted));
  const pool = createPool({ connectionString: wanted, applicationName: 'bench', max: 1 });
  const span = await seededSpan(pool);
  const used = await pool.query(
    `select 1 from payments where payment_intent_id like 'pi_bench%' limit 1`,
  );
  await pool.end();
  // The double begins to count anew, and would give the same ids once more.
  if (used.rowCount !== 0) throw new Error('This database was measured before: seed another one.');
  if (span === null) throw new Error('This database was not made by npm run seed.');
  return { connectionString: wanted, payments: span.count, close: async () => {} };
}

async function seeded(payments: number): Promise<Place> {
  const dataDir = join(folder, String(payments));
  const first = (await startEmbeddedPostgres({ dataDir }))._unsafeUnwrap();
  (await migrate({ connectionString: first.connectionString }))._unsafeUnwrap();
  const pool = createPool({
    connectionString: first.connectionString,
    applicationName: 'bench',
    max: 1,
    statementTimeoutMs: 86_400_000,
  });
  const client = await pool.connect();
  await seed(client, { payments, days: 365, now: new Date() });
  await client.query(`alter system set shared_preload_libraries = 'pg_stat_statements'`);
  client.release();
  await pool.end();
  await first.close();
  const again = (await startEmbeddedPostgres({ dataDir }))._unsafeUnwrap();
  return { connectionString: again.connectionString, payments, close: () => again.close() };
}

function tell(of: readonly Place[], costs: readonly (readonly CommandCosts[])[]): void {
  const [few = [], many = []] = costs;
  const [one, other] = of.map(({ payments }) => payments.toLocaleString('en'));
  console.log(
    `median of ${ROUNDS} times ${ORDERS} orders, each authorized, asked about and released\n`,
  );
  row('for an order', [`${one} payments`, `${other} payments`, 'times']);
  const figure = (what: string, read: (cost: CommandCosts) => number, digits = 1) => {
    const [a, b] = [few, many].map((each) => median(each.map((cost) => read(cost) / ORDERS)));
    row(what, [
      (a ?? 0).toFixed(digits),
      (b ?? 0).toFixed(digits),
      ((b ?? 0) / (a ?? 1)).toFixed(2),
    ]);
  };
  // How many of the outbox' pages hold rows that are gone depends on when it was cleaned up.
  figure('pages looked at, but for the outbox', ({ statements }) =>
    statements.reduce((sum, { text, pages }) => sum + (text.includes('outbox') ? 0 : pages), 0),
  );
  figure('WAL records', (cost) => cost.walRecords);
  figure('WAL bytes', (cost) => cost.walBytes, 0);
  figure('WAL bytes of page images', (cost) => cost.walImageBytes, 0);
  figure('Postgres CPU, ms', (cost) => cost.postgresCpuMs, 2);
  figure('service CPU, ms', (cost) => cost.serviceCpuMs, 2);
  console.log('\npages a call, by statement');
  for (const { text } of few[0]?.statements ?? []) {
    const pages = [few, many].map((each) => median(each.map((cost) => pagesOf(cost, text))));
    const [a = 0, b = 0] = pages;
    if (a >= 0.5) row(text, [a.toFixed(1), b.toFixed(1), (b / a).toFixed(2)]);
  }
}

function pagesOf({ statements }: CommandCosts, text: string): number {
  const found = statements.find((one) => one.text === text);
  return found === undefined ? 0 : found.pages / found.calls;
}

function row(what: string, figures: readonly string[]): void {
  console.log(`${what.padEnd(62)}${figures.map((one) => one.padStart(20)).join('')}`);
}

function median(values: readonly number[]): number {
  return values.toSorted((one, other) => one - other)[Math.floor(values.length / 2)] ?? 0;
}
