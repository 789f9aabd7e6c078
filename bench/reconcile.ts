// Reconciling a great many payments on both sides: time, rows a second, and memory, which must not
// depend on how many they are. Stripe is the sandbox in a process of its own, behind real HTTP. The
// run is interrupted halfway, and another process goes on with it.
//
//   npm run bench:reconcile [-- payments ...]        (default: 100000 1000000)
//   npm run bench:reconcile -- --paid 100000         every runner was paid: as many transfers, and refunds
//   npm run bench:reconcile -- --seeded postgres://... [rounds [days]]      see reconcile-seeded.ts

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createPool } from '../packages/adapters/src/postgres/connection/pool.js';
import { startEmbeddedPostgres } from '../packages/adapters/src/postgres/embedded/embedded.js';
import { migrate } from '../packages/adapters/src/postgres/schema/migrate.js';
import { booksOf, PAID_FATES } from '../packages/adapters/test/drift-lab/books.js';
import { inParts, insertPayments, movesOf } from '../packages/adapters/test/drift-lab/seed.js';
import { reconcileSeeded } from './reconcile-seeded.js';

const seededAt = process.argv[2] === '--seeded' ? process.argv[3] : undefined;
if (seededAt !== undefined) {
  const [, , , , rounds = '1', days] = process.argv;
  await reconcileSeeded(seededAt, Number(rounds), days === undefined ? null : Number(days));
  process.exit();
}
const paid = process.argv.includes('--paid');
const sizes = process.argv
  .slice(2)
  .filter((given) => given !== '--paid')
  .map(Number);
if (sizes.length === 0) sizes.push(100_000, 1_000_000);

for (const size of sizes) await measure(size);

async function measure(size: number): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'campusg-pay-bench-'));
  const postgres = (
    await startEmbeddedPostgres({ dataDir: join(folder, 'postgres'), durable: false })
  )._unsafeUnwrap();
  const { connectionString } = postgres;
  const { sandbox, url } = await startSandbox();
  try {
    (await migrate({ connectionString }))._unsafeUnwrap();
    await seed(size, connectionString, url);
    const part = await reconcile({ connectionString, url, stopAt: Math.floor(size / 2) });
    tell(size, 'interrupted at half', part);
    const rest = await reconcile({ connectionString, url, stopAt: null, resume: part.runId });
    tell(size, 'gone on with to the end', rest);
    const ms = part.ms + rest.ms;
    console.log(
      `${size}: ${(ms / 1000).toFixed(1)} s, ${rowsPerSecond(rest, ms)} rows/s over both`,
    );
    const isAll =
      rest.transfers.theirs === rest.transfers.ours && (!paid || rest.transfers.ours === size);
    if (rest.payments !== size || rest.intents !== size || rest.drifts !== 0 || !isAll)
      throw new Error(`not what was seeded: ${JSON.stringify(rest)}`);
  } finally {
    sandbox.kill('SIGTERM');
    await postgres.close();
    await rm(folder, { recursive: true, force: true });
  }
}

async function seed(size: number, connectionString: string, url: string): Promise<void> {
  const began = performance.now();
  const pool = createPool({
    connectionString,
    applicationName: 'bench',
    max: 2,
    statementTimeoutMs: 120_000,
  });
  const books = paid ? booksOf(size, new Date(), PAID_FATES) : booksOf(size, new Date());
  for (const part of inParts(books, 700)) {
    const body = JSON.stringify({ intents: part.map(({ intent }) => intent), ...movesOf(part) });
    const [seeded] = await Promise.all([
      fetch(`${url}/_sandbox/seed`, { method: 'POST', body }),
      insertPayments(pool, part),
    ]);
    if (!seeded.ok) throw new Error(`the sandbox answered ${await seeded.text()}`);
  }
  await pool.query('vacuum analyze');
  await pool.end();
  console.log(`${size}: seeded in ${((performance.now() - began) / 1000).toFixed(0)} s`);
}

/** How many of both were gone through. */
interface Sides {
  readonly theirs: number;
  readonly ours: number;
}

/** What `reconcile-child.ts` tells of a run. */
interface Measured {
  readonly runId: number;
  readonly intents: number;
  readonly payments: number;
  readonly drifts: number;
  readonly transfers: Sides;
  readonly refunds: Sides;
  readonly ms: number;
  /** Of this process alone, whatever else the machine does. */
  readonly cpuMs: number;
  readonly peakMegabytes: number;
  readonly heapMegabytes: number;
}

async function reconcile(wanted: object): Promise<Measured> {
  const script = new URL('reconcile-child.ts', import.meta.url).pathname;
  const child = start(['--import', 'tsx', script, JSON.stringify(wanted)]);
  let text = '';
  child.stdout?.setEncoding('utf8').on('data', (more: string) => {
    text += more;
  });
  const [code] = await once(child, 'close');
  if (code !== 0) throw new Error(`the run ended with ${code}`);
  return JSON.parse(text) as Measured;
}

function tell(size: number, what: string, measured: Measured): void {
  const { intents, payments, transfers, refunds, ms, cpuMs } = measured;
  const { peakMegabytes, heapMegabytes } = measured;
  console.log(
    `${size} ${what}: ${intents} PaymentIntents and ${payments} payments, ${both(transfers)} transfers, ` +
      `${both(refunds)} refunds, ${(ms / 1000).toFixed(1)} s ` +
      `(${(cpuMs / 1000).toFixed(1)} s of CPU), peak ${peakMegabytes} MB resident, ${heapMegabytes} MB heap`,
  );
}

function both({ theirs, ours }: Sides): string {
  return `${theirs} + ${ours}`;
}

function rowsPerSecond(measured: Measured, ms: number): number {
  const { intents, payments, transfers, refunds } = measured;
  const moved = transfers.theirs + transfers.ours + refunds.theirs + refunds.ours;
  return Math.round((intents + payments + moved) / (ms / 1000));
}

async function startSandbox(): Promise<{ sandbox: ChildProcess; url: string }> {
  const main = new URL('../packages/sandbox/src/main.ts', import.meta.url).pathname;
  const sandbox = start(['--max-old-space-size=8000', '--import', 'tsx', main, '--port', '0']);
  const [line] = (await once(sandbox.stdout ?? sandbox, 'data')) as [Buffer];
  const { url } = JSON.parse(line.toString()) as { url: string };
  return { sandbox, url };
}

function start(args: readonly string[]): ChildProcess {
  return spawn(process.execPath, ['--conditions=@campusg-pay/source', ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
}
