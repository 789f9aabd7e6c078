import { startSandbox } from '@campusg-pay/sandbox';
import { pino } from 'pino';
import { afterAll, beforeAll, expect, inject } from 'vitest';
import { readConfig } from '../../src/service/config.js';
import { openOperatorSession } from '../../src/service/operator-session.js';
import { openRuntime, type Runtime } from '../../src/service/runtime.js';
import { admin, urlOfDatabase } from './admin.js';
import { testDatabase } from './database.js';
import { authorizing } from './service.js';

const silent = pino({ level: 'silent' });
const { adminUrl } = inject('postgres');

const closers: (() => Promise<unknown>)[] = [];
afterAll(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

let sandbox: Awaited<ReturnType<typeof startSandbox>>;
beforeAll(async () => {
  sandbox = await startSandbox();
  closers.push(() => sandbox.close());
});

/** All that a service does, where a role or a database has these settings. */
export async function worksUnder(where: 'role' | 'database', settings: readonly string[]) {
  const database = await testDatabase();
  const name = new URL(database.connectionString).pathname.slice(1);
  const role = `role_${name}`;
  // Foreign tables with the names of ours, where they would be found first.
  await database.pool.query(`
    create schema elsewhere;
    create table elsewhere.payments (id text);
    create table elsewhere.outbox (id text)`);
  await admin(adminUrl, `create role ${role} login superuser password 'secret'`);
  closers.push(() => admin(adminUrl, `drop role ${role}`));
  for (const setting of settings) {
    await admin(adminUrl, `alter ${where} ${where === 'role' ? role : name} set ${setting}`);
  }
  const url = new URL(urlOfDatabase(adminUrl, name));
  url.username = role;
  url.password = 'secret';
  const config = readConfig({
    DATABASE_URL: url.href,
    STRIPE_SECRET_KEY: 'sk_test_settings',
    STRIPE_API_BASE: sandbox.url,
  })._unsafeUnwrap();
  const runtime = (await openRuntime(config, silent))._unsafeUnwrap();
  try {
    await holdReleaseRevert(runtime, name);
    const session = (await openOperatorSession(config, silent))._unsafeUnwrap();
    const listed = await session.looking.named(`${name}-1`);
    const standing = await session.standing({ since: new Date(0), bounds: [new Date()] });
    await session.close();
    expect(listed._unsafeUnwrap()).toHaveLength(1);
    const statuses = standing._unsafeUnwrap().now.map(({ status }) => status);
    expect(statuses).toEqual(['RELEASED', 'REVERTED']);
  } finally {
    await runtime.close();
  }
}

async function holdReleaseRevert({ escrow }: Runtime, name: string): Promise<void> {
  const [first, second] = [`${name}-1`, `${name}-2`];
  const before = Date.now();
  const held = (
    await escrow.authorize(authorizing({ orderId: first, customerId: 'Zoë Ω' }))
  )._unsafeUnwrap();
  expect(held).toMatchObject({ payment: { status: 'AUTHORIZED', customerId: 'Zoë Ω' } });
  const release = { payment: { orderId: first }, runnerId: 'runner', correlationId: 'c' };
  expect((await escrow.release(release))._unsafeUnwrap()).toMatchObject({
    payment: { status: 'RELEASED' },
  });
  await escrow.authorize(authorizing({ orderId: second }));
  const revert = { payment: { orderId: second }, reason: null, correlationId: 'c' };
  expect((await escrow.revert(revert))._unsafeUnwrap()).toMatchObject({
    payment: { status: 'REVERTED' },
  });
  const found = (await escrow.find({ orderId: first }))._unsafeUnwrap();
  expect(Math.abs(found.createdAt.getTime() - before)).toBeLessThan(10 * 60_000);
}

/** What others may have set, each of it at odds with what we rely on. */
export const SETTINGS = [
  "DateStyle = 'German'",
  "DateStyle = 'SQL, DMY'",
  "DateStyle = 'Postgres, MDY'",
  "IntervalStyle = 'iso_8601'",
  "TimeZone = 'Asia/Kathmandu'",
  "TimeZone = 'America/St_Johns'",
  "search_path = ''",
  'search_path = elsewhere',
  'search_path = elsewhere, public',
  "default_transaction_isolation = 'serializable'",
  "default_transaction_isolation = 'repeatable read'",
  'standard_conforming_strings = off',
  "bytea_output = 'escape'",
  'extra_float_digits = -15',
  "client_encoding = 'LATIN1'",
  "statement_timeout = '1ms'",
  "lock_timeout = '1ms'",
  "idle_in_transaction_session_timeout = '1ms'",
  'row_security = off',
  'jit_above_cost = 0',
  'synchronous_commit = off',
  'plan_cache_mode = force_generic_plan',
  'array_nulls = off',
  'transform_null_equals = on',
  'enable_indexscan = off',
];
