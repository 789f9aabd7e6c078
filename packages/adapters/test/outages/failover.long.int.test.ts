import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createPool } from '../../src/postgres/connection/pool.js';
import { migrate } from '../../src/postgres/schema/migrate.js';
import { testClock } from '../setup/clock.js';
import { allRecords } from '../setup/evidence.js';
import { startReplicatedPostgres } from '../setup/postgres-server.js';
import { createCallers, notRecorded } from './callers.js';
import { GOAL, standing } from './orders.js';
import { heal, openOutageWorld } from './world.js';

const ORDERS = 300;
const CALLERS = 48;
/** Longer than any lease. */
const LEASE_MS = 10_000;

const postgres = await startReplicatedPostgres(async (connectionString) => {
  (await migrate({ connectionString }))._unsafeUnwrap();
});
const clock = testClock();
const world = await openOutageWorld({
  clock,
  databaseUrl: postgres.connectionString,
  poolSize: 8,
  deadlineMs: 60_000,
});
const { accepted, faults, refusals, call } = createCallers(world);
/** Past the services, to the one that is promoted. */
const pool = createPool({
  connectionString: postgres.standby.connectionString,
  applicationName: 'failover test',
  max: 2,
});
/** Acknowledged by the primary, and not found where the standby has become it. */
let lost: string[] = [];
let acknowledgedBefore = 0;

afterAll(async () => {
  console.log(`\n${world.meter.table()}\n`);
  await world.close();
  await pool.end();
  await postgres.destroy();
});

const until = async (orders: number[], left: number) => {
  while (orders.length > left) await sleep(5);
};

beforeAll(async () => {
  const orders = Array.from({ length: ORDERS }, (_, n) => n);
  world.meter.begin('primary');
  const callers = Promise.all(Array.from({ length: CALLERS }, () => call(orders)));
  await until(orders, ORDERS / 2);
  world.meter.begin('killed, promoting');
  await postgres.primary.kill();
  const acknowledged = [...accepted];
  acknowledgedBefore = acknowledged.length;
  await postgres.promote();
  lost = await notRecorded(pool, acknowledged);
  clock.advance(LEASE_MS);
  world.meter.begin('promoted');
  await callers;
  await heal(world, pool);
}, 300_000);

describe('a primary killed under load, and its synchronous standby promoted', () => {
  it('loses nothing that was acknowledged', () => {
    expect(acknowledgedBefore).toBeGreaterThan(0);
    expect(lost).toEqual([]);
    expect(refusals).toEqual([]);
  });

  it('is a clear fault while there is none, and nothing else', () => {
    const endings = new Set(world.meter.all.map(({ ending }) => ending));
    endings.delete('processing');
    expect([...endings].sort()).toEqual(['DatabaseUnavailable', 'done']);
    expect(faults.length).toBeGreaterThan(0);
  });

  it('is found by the same services, which bring every order where it belongs', async () => {
    const { payments } = await allRecords(pool);
    const goals = new Map(accepted.map(({ orderId, command }) => [orderId, GOAL[command]]));
    expect(goals.size).toBe(ORDERS);
    expect(new Map(payments.map((payment) => [payment.orderId, standing(payment)]))).toEqual(goals);
    expect(payments).toHaveLength(ORDERS);
  });

  it('has every event told, in the order of its versions', async () => {
    const { payments } = await allRecords(pool);
    const versions = payments.reduce((sum, { version }) => sum + version, 0);
    expect(new Set(world.told.map(({ id }) => id)).size).toBe(versions);
  });

  it("loses nothing and doubles nothing, by Stripe's own books", async () => {
    expect(await world.broken(pool)).toEqual([]);
  });
});
