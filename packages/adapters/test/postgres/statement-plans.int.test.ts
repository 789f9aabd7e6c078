import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import { seed } from '../../../../scripts/seed/seed.js';
import { createPool } from '../../src/postgres/connection/pool.js';
import { testDatabase } from '../setup/database.js';
import { BESIDES } from './beside-the-seed.js';
import { type Plan, readsWhole } from './plan-reading.js';

/** Every statement of the adapters, by name: noted while the modules that define them are loaded. */
const statements = vi.hoisted(() => new Map<string, string>());

vi.mock('../../src/postgres/connection/statement.js', async (importOriginal) => {
  const original =
    await importOriginal<typeof import('../../src/postgres/connection/statement.js')>();
  // Its types are for whoever calls it; here it only passes on what it is given.
  const defineStatement = () => (definition: never) => {
    const define = original.defineStatement() as (of: never) => { name: string; text: string };
    const defined = define(definition);
    statements.set(defined.name, defined.text);
    return defined;
  };
  return { ...original, defineStatement };
});

const PAYMENTS = 50_000;

/** Tables that stay small whatever the platform does. */
const SMALL = [
  'outbox', // a row leaves when it is published
  'outbox_shards',
  'chores',
  'installation',
  'reconcile_runs', // one a night
  'stripe_turns', // one row a kind of call
];

/** Partial indexes of what waits: few at any time, and all of them are wanted. */
const FEW = [
  'operations_open',
  'commands_due',
  'payments_under_review',
  'transfers_due',
  'runner_debts_open',
  'parked_commands_waiting',
  'approvals_open',
  'approvals_open_of_runner',
];

/** Statements that read all of something that grows, and why they may. */
const MAY_READ_ALL: Readonly<Record<string, readonly string[]>> = {
  // Totals over everything, which an operator asks for.
  money_sums: ['table payments', 'table transfers'],
  standing_now: ['table payments'],
  standing_holds: ['index payments_held_until'],
  standing_by_day: ['table payments'],
  // `exists`: the first row there is.
  make_installation: ['table payments', 'table customers'],
  try_to_write: ['table payments'],
  // Those of the last thirty runs; where all is well there are none.
  reconcile_findings_of_payment: ['table reconcile_findings'],
  // A day's worth of keys, every ten minutes.
  forget_idempotency_keys: ['table idempotency_keys'],
};

const source = fileURLToPath(new URL('../../src/', import.meta.url));
const packages = fileURLToPath(new URL('../../../', import.meta.url));
const filesBelow = (folder: string, pattern: RegExp) =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => pattern.test(name))
    .map((name) => join(folder, name));

const database = await testDatabase();
const plans = new Map<string, Plan>();

beforeAll(async () => {
  for (const file of filesBelow(join(source, 'postgres'), /\.ts$/)) await import(file);
  const { connectionString } = database;
  const pool = createPool({
    connectionString,
    applicationName: 'plans',
    max: 1,
    statementTimeoutMs: 120_000,
  });
  const client = await pool.connect();
  await seed(client, { payments: PAYMENTS, days: 60, now: new Date() });
  for (const statement of BESIDES) await client.query(statement);
  for (const [name, text] of statements) {
    const { rows } = await client.query(`explain (generic_plan, format json) ${text}`);
    plans.set(name, rows[0]['QUERY PLAN'][0].Plan);
  }
  client.release();
  await pool.end();
});

function grows(read: string): boolean {
  const [kind, name = ''] = read.split(' ');
  if (name.startsWith('pg_')) return false;
  return kind === 'table' ? !SMALL.includes(name) : !FEW.includes(name);
}

function readsAll(): Readonly<Record<string, readonly string[]>> {
  const found = [...plans].map(([name, plan]) => [name, readsWhole(plan).filter(grows)] as const);
  return Object.fromEntries(found.filter(([, reads]) => reads.length > 0));
}

describe('the plans of all statements, with tens of thousands of payments', () => {
  it('are those of every statement that is defined anywhere', () => {
    const own = /(^|\/)src\/.*\.ts$/;
    const texts = filesBelow(packages, own)
      .filter((file) => !file.includes('node_modules'))
      .map((file) => readFileSync(file, 'utf8'));
    const defined = texts.flatMap((text) => text.match(/= defineStatement(<[^(]*>)?\(\)\(/g) ?? []);
    expect(statements.size).toBeGreaterThan(100);
    expect(statements.size).toBe(defined.length);
  });

  it('read nothing that grows from one end to the other, but for the exceptions', () => {
    expect(readsAll()).toEqual(MAY_READ_ALL);
  });

  it('go through the outbox by its key, also when all of it was just published', async () => {
    await database.pool.query('delete from outbox');
    await database.pool.query('vacuum outbox');
    const removing = [...statements.values()].filter((text) => text.includes('delete from outbox'));
    expect(removing.length).toBeGreaterThan(0);
    for (const text of removing) {
      const { rows } = await database.pool.query(`explain (generic_plan, format json) ${text}`);
      const reads = readsWhole(rows[0]['QUERY PLAN'][0].Plan);
      expect(reads.filter((read) => read === 'table outbox')).toEqual([]);
    }
  });

  it('would be told of a statement without an index', async () => {
    const { rows } = await database.pool.query(
      `explain (generic_plan, format json) select * from payments where description = $1`,
    );
    expect(readsWhole(rows[0]['QUERY PLAN'][0].Plan)).toEqual(['table payments']);
  });
});
