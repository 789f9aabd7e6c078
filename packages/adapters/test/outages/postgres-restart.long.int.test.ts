import { setTimeout as sleep } from 'node:timers/promises';
import type pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createPool } from '../../src/postgres/connection/pool.js';
import { testClock } from '../setup/clock.js';
import { startDurablePostgres } from '../setup/database.js';
import { allRecords } from '../setup/evidence.js';
import { openProxy } from '../setup/wire.js';
import { createCallers, notRecorded } from './callers.js';
import { median } from './measure.js';
import { type Given, GOAL, standing } from './orders.js';
import { heal, openOutageWorld } from './world.js';

const ORDERS = 240;
const CALLERS = 8;
/** Longer than any lease. */
const LEASE_MS = 10_000;

let server = await startDurablePostgres();
const proxy = await openProxy(server.connectionString);
const clock = testClock();
const world = await openOutageWorld({ clock, databaseUrl: proxy.connectionString, poolSize: 4 });
const { accepted, faults, refusals, call } = createCallers(world);
/** Acknowledged before a restart, and not found in the database right after it. */
const lost: string[] = [];
let restarts = 0;
/** Past the proxy and the services. Opened anew after each restart. */
let pool = openPool(server.connectionString);

function openPool(connectionString: string): pg.Pool {
  const applicationName = 'restart test';
  return createPool({ connectionString, applicationName, max: 2 });
}

afterAll(async () => {
  const twice = world.told.length - new Set(world.told.map(({ id }) => id)).size;
  console.log(
    `\n${world.meter.table()}\n${world.told.length} events told, ${twice} of them twice\n`,
  );
  await world.close();
  await pool.end();
  proxy.close();
  await server.destroy();
});

const until = async (orders: number[], left: number) => {
  while (orders.length > left) await sleep(5);
};

/** Starts again elsewhere. Before any service gets there, the records are held to the answers. */
async function startAgain(acknowledged: readonly Given[]): Promise<void> {
  server = await server.restart();
  await pool.end();
  pool = openPool(server.connectionString);
  lost.push(...(await notRecorded(pool, acknowledged)));
  restarts += 1;
  clock.advance(LEASE_MS);
  proxy.leadTo(server.connectionString);
}

beforeAll(async () => {
  const orders = Array.from({ length: ORDERS }, (_, n) => n);
  world.meter.begin('before');
  const callers = Promise.all(Array.from({ length: CALLERS }, () => call(orders)));
  await until(orders, (ORDERS * 2) / 3);
  world.meter.begin('killed, recovering');
  process.kill(server.pid, 'SIGKILL');
  await startAgain([...accepted]);
  await sleep(100);
  world.meter.begin('between');
  await until(orders, ORDERS / 3);
  world.meter.begin('stopped and started');
  await startAgain([...accepted]);
  await sleep(100);
  world.meter.begin('after');
  await callers;
  await heal(world, pool);
}, 300_000);

describe('Postgres killed, and later restarted, under load', () => {
  it('keeps everything that was acknowledged', () => {
    expect(restarts).toBe(2);
    expect(lost).toEqual([]);
    expect(refusals).toEqual([]);
  });

  it('is a clear fault while it lasts, and told soon', () => {
    const endings = new Set(world.meter.all.map(({ ending }) => ending));
    endings.delete('processing');
    expect([...endings].sort()).toEqual(['DatabaseUnavailable', 'done']);
    const told = world.meter.all.filter(({ ending }) => ending === 'DatabaseUnavailable');
    expect(new Set(told.map(({ phase }) => phase))).toContain('killed, recovering');
    expect(new Set(told.map(({ phase }) => phase))).toContain('stopped and started');
    // A busy machine needs more for everything, so it is measured by what it takes before.
    const before = world.meter.all.filter(({ phase }) => phase === 'before');
    const usual = median(before.map(({ ms }) => ms));
    expect(median(told.map(({ ms }) => ms))).toBeLessThan(250 + usual);
    // As long as a repeat waits for the first one, and some of what is usual besides.
    expect(Math.max(...world.meter.all.map(({ ms }) => ms))).toBeLessThan(7_500 + 20 * usual);
    expect(faults.filter((reason) => reason !== 'connection' && reason !== 'shutdown')).toEqual([]);
  });

  it('leaves every order where its last accepted command leads', async () => {
    const { payments } = await allRecords(pool);
    const goals = new Map(accepted.map(({ orderId, command }) => [orderId, GOAL[command]]));
    expect(goals.size).toBe(ORDERS);
    const now = new Map(payments.map((payment) => [payment.orderId, standing(payment)]));
    expect(now).toEqual(goals);
    expect(payments).toHaveLength(ORDERS);
  });

  it('has every event told at least once, in the order of its versions', async () => {
    const { payments } = await allRecords(pool);
    const versions = payments.reduce((sum, { version }) => sum + version, 0);
    expect(new Set(world.told.map(({ id }) => id)).size).toBe(versions);
    expect(versions).toBeGreaterThan(ORDERS);
  });

  it("loses nothing and doubles nothing, by Stripe's own books", async () => {
    expect(await world.broken(pool)).toEqual([]);
  });
});
