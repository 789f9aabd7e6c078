import { describe, expect, it } from 'vitest';
import { type Database, query } from '../../src/postgres/connection/query.js';
import { defineStatement } from '../../src/postgres/connection/statement.js';
import { insert, one, open, pid } from '../setup/pool.js';

describe('a statement', () => {
  it('answers its rows and is counted by name, one round trip each', async () => {
    const names: string[] = [];
    const db: Database = { pool: open(), onQuery: (name) => names.push(name) };
    expect((await query(db, one))._unsafeUnwrap()).toEqual([{ one: 1 }]);
    expect((await query(db, insert, { id: 1, size: 2 }))._unsafeUnwrap()).toEqual([{ id: 1 }]);
    expect(names).toEqual(['one', 'insert thing']);
  });

  it('is prepared once per connection under its own name', async () => {
    const db = { pool: open({ max: 1 }) };
    await query(db, one);
    await query(db, one);
    const prepared = await db.pool.query('select name from pg_prepared_statements');
    expect(prepared.rows).toEqual([{ name: 'one' }]);
  });

  it('may not have a name that Postgres would cut', () => {
    expect(() => defineStatement()({ name: 'n'.repeat(64), text: 'select 1' })).toThrow('63 bytes');
  });

  it('keeps every digit: numeric is text, int8 a number, times are dates, days are text', async () => {
    const types = defineStatement<Record<string, unknown>>()({
      name: 'types',
      text: `select 20.98::numeric as amount, 9007199254740991::int8 as big, date '2026-01-31' as day,
             timestamptz '2026-01-31 12:00:00.123+01' as at`,
    });
    expect((await query({ pool: open() }, types))._unsafeUnwrap()).toEqual([
      {
        amount: '20.98',
        big: Number.MAX_SAFE_INTEGER,
        day: '2026-01-31',
        at: new Date('2026-01-31T11:00:00.123Z'),
      },
    ]);
  });

  it('throws rather than round an int8 that no number can hold', async () => {
    const big = defineStatement()({ name: 'big', text: 'select 9007199254740993::int8' });
    await expect(query({ pool: open() }, big)).rejects.toThrow('too large');
  });
});

describe('a violated constraint', () => {
  it('is an answer when the statement lists it, and the connection is kept', async () => {
    const db = { pool: open({ max: 1 }) };
    const before = (await query(db, pid))._unsafeUnwrap();
    await query(db, insert, { id: 1, size: 2 });
    const taken = await query(db, insert, { id: 1, size: 2 });
    const tooLarge = await query(db, insert, { id: 2, size: 10 });
    expect(taken._unsafeUnwrapErr()).toEqual({
      type: 'ConstraintViolated',
      constraint: 'things_pkey',
    });
    expect(tooLarge._unsafeUnwrapErr()).toMatchObject({ constraint: 'small' });
    expect((await query(db, pid))._unsafeUnwrap()).toEqual(before);
  });

  it('is a bug when the statement does not list it', async () => {
    const db = { pool: open() };
    const careless = defineStatement()({
      name: 'careless',
      text: 'insert into things (id, size) values (:id, :size) returning id',
    });
    await query(db, insert, { id: 1, size: 2 });
    await expect(query(db, careless, { id: 1, size: 2 })).rejects.toThrow('things_pkey');
  });

  it('is not confused with broken SQL, which throws', async () => {
    const broken = defineStatement()({ name: 'broken', text: 'select nothing from nowhere' });
    await expect(query({ pool: open() }, broken)).rejects.toThrow('nowhere');
  });
});
