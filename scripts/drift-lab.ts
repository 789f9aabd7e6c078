// The drift laboratory at full size: seeds payments on both sides, brings them apart in every way
// there is, finds all of it and nothing else, repairs what can be repaired, and looks once more.
//
//   npm run drift-lab [-- payments [times [report.html]]]

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createPool } from '../packages/adapters/src/postgres/connection/pool.js';
import { startEmbeddedPostgres } from '../packages/adapters/src/postgres/embedded/embedded.js';
import { createRunStore } from '../packages/adapters/src/postgres/reconcile/run-store.js';
import { migrate } from '../packages/adapters/src/postgres/schema/migrate.js';
import {
  booksAt,
  inOrder,
  leftOf,
  moneyMoved,
  namedBy,
  told,
} from '../packages/adapters/test/drift-lab/checks.js';
import { openLab } from '../packages/adapters/test/drift-lab/lab.js';
import { PLANTS } from '../packages/adapters/test/drift-lab/plants.js';
import { findingsOf } from '../packages/cli/src/commands/reconcile/findings.js';
import { writeReport } from '../packages/cli/src/report/report-file.js';
import { startSandbox } from '../packages/sandbox/src/index.js';

const [payments = 10_000, times = 5] = process.argv.slice(2, 4).map(Number);
const report = process.argv[4];

const folder = await mkdtemp(join(tmpdir(), 'campusg-pay-lab-'));
const postgres = (
  await startEmbeddedPostgres({ dataDir: join(folder, 'postgres'), durable: false })
)._unsafeUnwrap();
const { connectionString } = postgres;
(await migrate({ connectionString }))._unsafeUnwrap();
const pool = createPool({
  connectionString,
  applicationName: 'drift-lab',
  max: 4,
});
const sandbox = await startSandbox({ secretKey: 'sk_test_lab' });

try {
  const lab = await openLab({ pool, sandbox, payments });
  console.log(`seeded ${payments} payments on both sides in ${seconds(lab.seededMs)}`);
  const quiet = await lab.reconcile();
  expect('findings before anything is planted', quiet.drifts.length, 0);

  const planted = await lab.plant(times);
  const first = await lab.reconcile();
  const { spentMs } = first.run.progress;
  console.log(
    `planted ${planted.length} differences in ${PLANTS.length} ways, reconciled in ${seconds(spentMs)}`,
  );
  expect('findings', inOrder(first.drifts.map(told)).join('\n'), inOrder(planted).join('\n'));
  if (report !== undefined) {
    const pages = findingsOf({ runs: createRunStore({ pool }) }, first.run.id);
    (await writeReport(report, first.run, pages))._unsafeUnwrap();
    console.log(`the report is in ${report}`);
  }

  const plan = await lab.plan(first.run);
  const before = booksAt(sandbox);
  const applied = await lab.apply(plan);
  const moved = moneyMoved(before, booksAt(sandbox));
  const named = namedBy(plan);
  console.log(`applied ${plan.repairs.length} repairs: ${JSON.stringify(applied)}`);
  expect('money moved', moved.sort().join('\n'), named.sort().join('\n'));
  console.log(`money moved ${moved.length} times, each named by its finding`);

  const last = await lab.reconcile();
  const left = leftOf(planted);
  expect('findings left', inOrder(last.drifts.map(told)).join('\n'), inOrder(left).join('\n'));
  expect('repairs left', last.drifts.filter(({ repair }) => repair !== null).length, 0);
  console.log(`reconciled again: ${left.length} left, all of them for a person`);
} finally {
  await sandbox.close();
  await pool.end();
  await postgres.close();
  await rm(folder, { recursive: true, force: true });
}

function expect(what: string, found: string | number, wanted: string | number): void {
  if (found === wanted) return;
  console.error(`${what}: found\n${found}\nwanted\n${wanted}`);
  throw new Error(`the laboratory found something else than was planted: ${what}`);
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`;
}
