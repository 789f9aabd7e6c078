import { createHash } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { createArchiver, type Run, readTimeline } from '@campusg-pay/core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { SeedSpan } from '../../../../scripts/seed/book.js';
import { seed } from '../../../../scripts/seed/seed.js';
import { startStripeDouble } from '../../../../scripts/seed/stripe-double.js';
import { createArchiveStore } from '../../src/postgres/archive/archive-records.js';
import { createStores } from '../../src/postgres/stores.js';
import { createArchiveFolder } from '../../src/service/archive-folder.js';
import { reconcilerFor } from '../drift-lab/lab.js';
import { testDatabase } from '../setup/database.js';

const PAYMENTS = 2_000;
const DAYS = 200;
const AFTER_MS = 90 * 86_400_000;
const never = new AbortController().signal;
const now = new Date();
const clock = { now: () => now, sleep: async () => {} };
const { pool } = await testDatabase();
const stores = createStores({ pool });
const folder = await mkdtemp(join(tmpdir(), 'campusg-pay-archive-'));
afterAll(() => rm(folder, { recursive: true, force: true }));

const archiverTo = (place: string | null) =>
  createArchiver({
    records: stores.records,
    runs: stores.runs,
    store: createArchiveStore({ pool }),
    writer: place === null ? null : createArchiveFolder(place, () => now),
    clock,
    by: 'test',
    afterMs: AFTER_MS,
  });
const archiver = archiverTo(folder);
const look = async () => (await archiver.part({ after: null, apply: false }))._unsafeUnwrap();
const apply = async () => (await archiver.part({ after: null, apply: true }))._unsafeUnwrap();

let span: SeedSpan;

/** A run over all that was seeded, which ends with what it found. */
async function reconciled(): Promise<Run> {
  const stripe = await startStripeDouble(span);
  const { rows } = await pool.query('select id from installation');
  const reconciler = reconcilerFor(pool, stripe, undefined, { id: rows[0].id, namedSince: null });
  const from = new Date(now.getTime() - (DAYS + 1) * 86_400_000);
  const period = { from, to: new Date(now.getTime() - 60_000), older: true, startedBy: 'test' };
  const begun = (await reconciler.begin(period))._unsafeUnwrap();
  const run = (await reconciler.goOn(begun, { stop: never }))._unsafeUnwrap();
  await stripe.close();
  return run;
}

const count = async (table: string, where = 'true') =>
  (await pool.query(`select count(*)::int as rows from ${table} where ${where}`)).rows[0].rows;

const OLD = `payment_id in (
  select id from payments where created_at < '${new Date(now.getTime() - AFTER_MS).toISOString()}')`;

async function openedLines(): Promise<{ name: string; lines: Record<string, never>[] }[]> {
  const names = (await readdir(folder)).filter((name) => name.endsWith('.gz'));
  return Promise.all(
    names.map(async (name) => {
      const text = gunzipSync(await readFile(join(folder, name))).toString();
      return {
        name,
        lines: text
          .trim()
          .split('\n')
          .map((line) => JSON.parse(line)),
      };
    }),
  );
}

beforeAll(async () => {
  const client = await pool.connect();
  span = (await seed(client, { payments: PAYMENTS, days: DAYS, now })).span;
  client.release();
});

describe('histories', () => {
  it('stay while no run of reconciling has gone through them to its end', async () => {
    const looked = await look();
    expect(looked).toMatchObject({ proven: 0, kept: { open: 0, found: 0 }, next: null });
    expect(looked.kept.unproven).toBe(looked.looked);
    await pool.query(
      `insert into reconcile_runs (from_at, to_at, older, started_at, finished_at, started_by, progress)
       values ('2000-01-01', now(), true, now(), null, 'cut off', '{"transfers": {}, "refunds": {}}')`,
    );
    expect((await apply()).left).toEqual({ payments: 0, events: 0, operations: 0, webhooks: 0 });
    expect(await count('archives')).toBe(0);
  });

  it('stay of whatever is not over, has a finding, or has changed since the run', async () => {
    const { rows } = await pool.query<{ id: string }>(
      `select id from payments where status = 'RELEASED' and created_at < now() - interval '100 days'
       and id not in (select payment_id from transfers) order by created_at limit 4`,
    );
    const [reviewed, odd, changed, early] = rows.map(({ id }) => id);
    await pool.query(`update payments set review = 'look' where id = $1`, [reviewed]);
    await pool.query(`update payments set amount = amount + 1 where id = $1`, [odd]);
    const run = await reconciled();
    expect(run.found.reduce((sum, one) => sum + one, 0)).toBeGreaterThan(0);
    await pool.query(`update payments set updated_at = $2 where id = $1`, [
      changed,
      new Date(Date.parse(run.startedAt) - 60_000),
    ]);
    const looked = await look();
    expect(looked.kept).toMatchObject({ open: 1, found: 1, unproven: 1 });
    expect(looked.proven).toBe(looked.looked - 3);
    expect(early).toBeDefined();
  });

  it('leave whole: each line has all of a payment, and only that leaves', async () => {
    const before = {
      payments: await count('payments'),
      refunds: await count('refunds'),
      transfers: await count('transfers'),
      ledger: await count('money_ledger'),
      events: await count('payment_events'),
      young: await count('payment_events', `not (${OLD})`),
    };
    const part = await apply();
    expect(part.left.payments).toBe(part.proven);
    expect(await count('payment_events')).toBe(before.events - part.left.events);
    expect(await count('payment_events', `not (${OLD})`)).toBe(before.young);
    for (const table of ['payments', 'refunds', 'transfers'] as const)
      expect(await count(table)).toBe(before[table]);
    expect(await count('money_ledger')).toBe(before.ledger);

    const [opened, ...others] = await openedLines();
    expect(others).toEqual([]);
    const { name = '', lines = [] } = opened ?? {};
    expect(lines).toHaveLength(part.left.payments);
    const rows = (key: string) => lines.flatMap((line) => line[key] ?? []).length;
    expect(rows('events')).toBe(part.left.events);
    expect(rows('operations')).toBe(part.left.operations);
    expect(rows('webhooks')).toBe(part.left.webhooks);
    const sha256 = createHash('sha256')
      .update(await readFile(join(folder, name)))
      .digest('hex');
    expect(part.file).toMatchObject({ file: join(folder, name), sha256 });
    expect(await readFile(join(folder, `${name}.sha256`), 'utf8')).toBe(`${sha256}  ${name}\n`);
    const noted = await pool.query('select file, sha256, payments from archives');
    expect(noted.rows).toEqual([{ file: part.file?.file, sha256, payments: lines.length }]);
  });

  it('do not leave twice', async () => {
    const looked = await look();
    expect(looked.proven).toBe(0);
    expect(looked.kept.archived).toBe(await count('archived_payments'));
  });

  it('are told by explain to be in their file', async () => {
    const { rows } = await pool.query('select payment_id from archived_payments limit 1');
    const payment = (
      await stores.repository.find({ paymentId: rows[0].payment_id })
    )._unsafeUnwrap();
    if (payment === null) throw new Error('the payment is gone');
    const { kafkaCommands, ...others } = stores;
    const timeline = (
      await readTimeline({ ...others, kafkaCommands, clock }, payment)
    )._unsafeUnwrap();
    const told = timeline.entries.filter(({ what }) => what === 'archived');
    expect(told).toMatchObject([
      {
        archived: {
          version: payment.version,
          status: payment.status,
          file: { file: expect.any(String) },
        },
      },
    ]);
    expect(timeline.entries.some(({ what }) => what === 'event')).toBe(false);
  });

  it('that left are no gaps to the next run of reconciling, and go on after them', async () => {
    const first = await reconciled();
    const { rows } = await pool.query<{ id: string; version: number; order_id: string }>(
      `select id, p.version, order_id from payments p join archived_payments a on a.payment_id = p.id
       where p.status = 'RELEASED' limit 1`,
    );
    const [one] = rows;
    await pool.query(`update payments set version = version + 1 where id = $1`, [one?.id]);
    const withGap = await reconciled();
    expect(withGap.found.reduce((sum, n) => sum + n, 0)).toBe(
      first.found.reduce((sum, n) => sum + n, 0) + 1,
    );
    await pool.query(
      `insert into payment_events (payment_id, version, type, data, correlation_id, at)
       values ($1, $2, 'reviewed', '{"type": "reviewed", "note": "ok"}', 'c', now())`,
      [one?.id, (one?.version ?? 0) + 1],
    );
    expect((await reconciled()).found).toEqual(first.found);
  });

  it('stay where the folder takes no file, and the fault names the folder', async () => {
    const file = join(folder, 'no-folder');
    await writeFile(file, '');
    await pool.query(`delete from archived_payments where payment_id in (
      select payment_id from archived_payments where status = 'FAILED' limit 1)`);
    const { proven } = await look();
    expect(proven).toBeGreaterThan(0);
    const part = await archiverTo(file).part({ after: null, apply: true });
    expect(part._unsafeUnwrapErr()).toMatchObject({ type: 'ArchiveUnwritable', folder: file });
    expect(await count('archives')).toBe(1);
    expect((await look()).proven).toBe(proven);
  });

  it('of a payment that somebody changes at this moment stay', async () => {
    const store = createArchiveStore({ pool });
    const { rows } = await pool.query(
      `select id, revision, version, status from payments where status = 'FAILED'
       and created_at > now() - interval '80 days' limit 2`,
    );
    const leaving = rows.map(({ id: paymentId, ...rest }) => ({ paymentId, ...rest, provenBy: 1 }));
    const begun = { file: null, payments: 2, at: now, by: 'test' };
    const archive = (await store.begin(begun))._unsafeUnwrap();
    const somebody = await pool.connect();
    await somebody.query('begin');
    await somebody.query('update payments set revision = revision + 1 where id = $1', [rows[0].id]);
    const taken = (await store.takeOut({ archive, leaving, webhooks: [] }))._unsafeUnwrap();
    await somebody.query('commit');
    somebody.release();
    expect(taken).toMatchObject({ payments: 1, events: 1 });
    expect(await count('payment_events', `payment_id = '${rows[0].id}'`)).toBe(1);
    const late = (await store.takeOut({ archive, leaving, webhooks: [] }))._unsafeUnwrap();
    expect(late).toMatchObject({ payments: 1, events: 0 });
    expect(await count('payment_events', `payment_id = '${rows[0].id}'`)).toBe(1);
  });
});
