import { setTimeout as sleep } from 'node:timers/promises';
import { type Sandbox, startSandbox } from '@campusg-pay/sandbox';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { systemClock } from '../../src/service/settings.js';
import { admin } from '../setup/admin.js';
import { type TestDatabase, testDatabase } from '../setup/database.js';
import { authorizing, openService, until } from '../setup/service.js';

/** Far longer than whoever is gone is missed for. */
const SLOW_MS = 4_000;

/** Whoever lost its connection is back in half a second, and is seen half a second later. */
const BETWEEN_BREAKS_MS = 1_100;

/** Processes that make calls, each by the lock that it holds while it lives. */
const PRESENT = `select objid::int as holder from pg_locks where locktype = 'advisory'
  and objsubid = 2 and objid > 64
  and database = (select oid from pg_database where datname = current_database())`;

let sandbox: Sandbox;
let database: TestDatabase;
beforeAll(async () => {
  sandbox = await startSandbox({ secretKey: 'sk_test_live' });
  database = await testDatabase();
});
afterAll(() => sandbox.close());

const open = () =>
  openService(
    {
      DATABASE_URL: database.connectionString,
      STRIPE_SECRET_KEY: 'sk_test_live',
      STRIPE_API_BASE: sandbox.url,
    },
    systemClock,
  );

async function bothAreSeen(): Promise<readonly number[]> {
  const rows = await until(
    () => admin<{ holder: number }>(database.connectionString, PRESENT),
    ({ length }) => length === 2,
  );
  return rows.map(({ holder }) => holder).sort();
}

async function operationOf(orderId: string) {
  const { rows } = await database.pool.query(
    `select attempts, holder, resting, closed_at as "closedAt" from operations o
     join payments p on p.id = o.payment_id where p.order_id = $1`,
    [orderId],
  );
  return rows[0];
}

/** Breaks so many of the connections that hold locks, the oldest first. */
async function breakConnections(count: number): Promise<void> {
  await admin(
    database.connectionString,
    `select pg_terminate_backend(pid) from (
       select pid from pg_stat_activity where datname = current_database()
         and application_name = 'campusg-pay relay' order by backend_start limit ${count}
     ) as broken`,
  );
}

describe('a replica that lives while its call takes long', () => {
  it.each([
    ['in peace', 0],
    ['while the connection that holds its lock breaks again and again', 1],
    ['while both connections break, as when Postgres restarts again and again', 2],
  ])('is not robbed of it %s', async (_when, broken) => {
    const [first, second] = [await open(), await open()];
    const holders = await bothAreSeen();
    const orderId = `order-live-${broken}`;
    const effect = { kind: 'latency', ms: SLOW_MS } as const;
    sandbox.faults.add({ method: 'POST', path: '/v1/payment_intents', effect });
    const asked = first.runtime.escrow.authorize(authorizing({ orderId }));
    const taken = await until(
      () => operationOf(orderId),
      (operation) => operation !== undefined,
    );
    expect(holders).toContain(taken.holder);
    for (let times = 0; broken > 0 && times < 3; times += 1) {
      await breakConnections(broken);
      await sleep(BETWEEN_BREAKS_MS);
    }
    expect((await asked)._unsafeUnwrap().outcome).toBe('done');
    const { attempts, closedAt } = await operationOf(orderId);
    expect({ attempts, isClosed: closedAt !== null }).toEqual({ attempts: 1, isClosed: true });
    expect(await bothAreSeen()).toEqual(holders);
    const lines = [...first.lines, ...second.lines].map(({ msg }) => String(msg));
    expect(lines.filter((msg) => msg.includes('is gone'))).toEqual([]);
    await first.close();
    await second.close();
  });
});
