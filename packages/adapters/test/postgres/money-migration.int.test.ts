import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import type { SentStatement } from '../../src/postgres/connection/query.js';
import { createRepository } from '../../src/postgres/payments/repository.js';
import { testDatabase } from '../setup/database.js';
import { moneyRows } from '../setup/money-rows.js';

const folder = fileURLToPath(new URL('../../migrations/', import.meta.url));

/** The way to what is in force now from what was before, and back: the migration and those after it. */
async function halves() {
  const files = (await readdir(folder)).filter((name) => name >= '000013').sort();
  const texts = await Promise.all(files.map((name) => readFile(join(folder, name), 'utf8')));
  const parts = texts.map((text) => text.split('-- Down Migration'));
  const up = parts.map(([half = '']) => half).join('\n');
  const down = parts.map(([, half = '']) => half).toReversed();
  return { up, down: down.join('\n') };
}

/** Everything in the schema that has a rule or a name. */
const SCHEMA = `
  select 'column' as what, table_name || '.' || column_name || ' ' || data_type || ' ' || is_nullable as is
  from information_schema.columns where table_schema = 'public'
  union all
  select 'constraint', conrelid::regclass || ' ' || conname || ' ' || pg_get_constraintdef(oid)
  from pg_constraint where connamespace = 'public'::regnamespace
  union all select 'index', indexdef from pg_indexes where schemaname = 'public'
  union all select 'trigger', tgname from pg_trigger where not tgisinternal
  union all select 'function', proname from pg_proc where pronamespace = 'public'::regnamespace
  order by 1, 2`;

describe('the migration of the way after the capture', () => {
  it('goes back to what was before, and there again', async () => {
    const { pool } = await testDatabase();
    const { up, down } = await halves();
    const schema = async () => (await pool.query(SCHEMA)).rows;
    const after = await schema();
    await pool.query(down);
    const before = await schema();
    expect(before.length).toBeLessThan(after.length - 80);
    await pool.query(up);
    expect(await schema()).toEqual(after);
    await pool.query(down);
    expect(await schema()).toEqual(before);
  });

  it('does not go back over calls that the release of before can not read', async () => {
    const { pool } = await testDatabase();
    const { down } = await halves();
    const { payment, call } = moneyRows(pool);
    await call(await payment(), 'transfer', { amountMinor: 1 });
    await expect(pool.query(down)).rejects.toMatchObject({ constraint: 'operations_kind_check' });
    const { rows } = await pool.query('select count(*)::int as kept from operations');
    expect(rows).toEqual([{ kept: 1 }]);
  });

  it('leaves rows of before as they were read, and lets the release of before go on', async () => {
    const { pool } = await testDatabase();
    const { up, down } = await halves();
    await pool.query(down);
    const { payment, call } = moneyRows(pool);
    const id = await payment({ status: 'AUTHORIZED', received_minor: 0 });
    await call(id, 'capture', { runnerId: 'r' });
    await pool.query(
      `update payments set operation_key = (select key from operations) where id = $1`,
      [id],
    );
    await pool.query(up);
    const repository = createRepository({ pool });
    const find = async () => (await repository.find({ paymentId: id }))._unsafeUnwrap();
    expect((await find())?.operation).toMatchObject({ params: { runnerId: 'r' } });
    // As a replica of before writes it, which knows of no terms and no transfer.
    await pool.query(
      `with released as (
         update payments set status = 'RELEASED', received_minor = 1000, operation_key = null
         where id = $1
       )
       insert into payment_events (payment_id, version, type, data, correlation_id, at)
       values ($1, 1, 'released', '{"type": "released", "runnerId": "r", "receivedMinor": 1000}', 'x', now())`,
      [id],
    );
    expect(await find()).toMatchObject({
      status: 'RELEASED',
      receivedMinor: 1000,
      dueMinor: null,
      tipMinor: 0,
      feeMinor: 0,
      refunds: [],
      transfer: null,
    });
    const [entry] = (await repository.history(id))._unsafeUnwrap();
    expect(entry?.event).toEqual({ type: 'released', runnerId: 'r', receivedMinor: 1000 });
  });

  it('sends nothing of what a replica of before has given back', async () => {
    const { pool } = await testDatabase();
    const { payment, transfer } = moneyRows(pool);
    const id = await payment();
    const now = new Date('2026-02-01T00:00:00Z');
    await transfer(id, { next_try_at: now });
    const repository = createRepository({ pool });
    const due = async () => (await repository.dueTransfers({ now, limit: 9 }))._unsafeUnwrap();
    expect(await due()).toMatchObject([{ id, transfer: { nextTryAt: now } }]);
    await pool.query(`update payments set status = 'REVERTED', revert_method = 'refunded'`);
    expect(await due()).toEqual([]);
  });
});

describe('reading a payment with all that has become of it', () => {
  it('looks each up by a key', async () => {
    const { pool } = await testDatabase();
    await pool.query(
      `insert into payments (id, order_id, customer_id, amount, status, created_at, updated_at,
         currency, attempt, version, revision, payment_method_id, correlation_id,
         payment_intent_id, received_minor)
       select 'p' || n, 'o' || n, 'c', 10, 'RELEASED', now(), now(), 'USD', 1, 1, 1, 'pm', 'x',
         'pi' || n, 1000
       from generate_series(1, 20000) n;
       insert into transfers (payment_id, transfer_id, status, runner_id, amount_minor,
         netted_minor, reversed_minor, debt_minor, tries, next_try_at, created_at, updated_at)
       select id, 't' || id, 'owed', 'r', 1, 0, 0, 0, 0,
         case when id like '%999' then now() - interval '1 minute' else now() + interval '1 day' end,
         now(), now()
       from payments where id like '%9';
       insert into refunds (payment_id, refund_id, position, amount_minor, is_rest, status,
         created_at, correlation_id)
       select id, 'one', 1, 1, false, 'owed', now(), 'x' from payments where id like '%8';
       analyze`,
    );
    const planned: string[] = [];
    const explained = {
      connect: async () => {
        const client = await pool.connect();
        return {
          query: async ({ text, values }: SentStatement) => {
            const { rows } = await client.query({ text: `explain ${text}`, values });
            planned.push(rows.map((row) => row['QUERY PLAN']).join('\n'));
            return { rows: [] };
          },
          on: client.on.bind(client),
          off: client.off.bind(client),
          release: (broken: boolean) => client.release(broken),
        };
      },
    };
    const repository = createRepository({ pool: explained });
    await repository.find({ paymentId: 'p7' });
    await repository.find({ orderId: 'o8' });
    await repository.findAll({ paymentIds: ['p7'], paymentIntentIds: ['pi9'] });
    await repository.dueTransfers({ now: new Date(), limit: 100 });
    for (const plan of planned)
      expect(plan).not.toMatch(/Seq Scan on (payments|transfers|refunds)/);
    expect(planned.at(-1)).toContain('transfers_due');
  });
});
