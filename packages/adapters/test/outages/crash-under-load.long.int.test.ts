import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createPool } from '../../src/postgres/connection/pool.js';
import { migrate } from '../../src/postgres/schema/migrate.js';
import { admin } from '../setup/admin.js';
import { testClock } from '../setup/clock.js';
import { allRecords } from '../setup/evidence.js';
import { startPostgres } from '../setup/postgres-server.js';
import { createCallers, notRecorded } from './callers.js';
import { GOAL, standing } from './orders.js';
import { heal, openOutageWorld } from './world.js';

const ORDERS = 320;
const CRASHES = 3;
/** Many more than connections, so that what comes together is committed together. */
const CALLERS = 64;
/** Longer than any lease. */
const LEASE_MS = 10_000;

/** Without our own setting a commit would be on disk ten seconds after its answer. */
const LAZY = ['synchronous_commit=off', 'wal_writer_delay=10s', 'wal_writer_flush_after=1GB'];
const LAZY_TOO = `
  alter role campusg_pay set synchronous_commit = off;
  alter database campusg_pay set synchronous_commit = off`;

/** Notes who writes what is acknowledged before it is on disk. */
const GUARD = `
  create table not_durable (writer text not null);
  create function must_be_durable() returns trigger language plpgsql as $$
  begin
    if current_setting('synchronous_commit') <> 'on' then
      insert into public.not_durable values (current_setting('application_name'));
    end if;
    return null;
  end $$`;
const GUARDED = ['payments', 'operations', 'payment_events', 'outbox', 'stripe_events', 'commands'];

const server = await startPostgres(LAZY);
(await migrate({ connectionString: server.connectionString }))._unsafeUnwrap();
const clock = testClock();
const world = await openOutageWorld({
  clock,
  databaseUrl: `${server.connectionString}?options=-c%20synchronous_commit%3Doff`,
  poolSize: 4,
  deadlineMs: 60_000,
});
const { accepted, refusals, call } = createCallers(world);
/** Past the services. */
const pool = createPool({
  connectionString: server.connectionString,
  applicationName: 'crash test',
  max: 2,
});
const lost: string[] = [];

afterAll(async () => {
  console.log(`\n${world.meter.table()}\n`);
  await world.close();
  await pool.end();
  await server.destroy();
});

beforeAll(async () => {
  await pool.query(`${GUARD}; ${LAZY_TOO}`);
  for (const table of GUARDED) {
    await pool.query(
      `create trigger must_be_durable after insert or update or delete on ${table}
       for each statement execute function must_be_durable()`,
    );
  }
  const orders = Array.from({ length: ORDERS }, (_, n) => n);
  world.meter.begin('before');
  const callers = Promise.all(Array.from({ length: CALLERS }, () => call(orders)));
  for (let crash = 1; crash <= CRASHES; crash += 1) {
    while (orders.length > ORDERS * (1 - crash / (CRASHES + 1))) await sleep(5);
    world.meter.begin(`crash ${crash}`);
    await server.crash();
    const acknowledged = [...accepted];
    await server.start();
    lost.push(...(await notRecorded(pool, acknowledged)));
    clock.advance(LEASE_MS);
  }
  await callers;
  await heal(world, pool);
}, 300_000);

describe('Postgres stopped at once under many commands, where all around say synchronous_commit = off', () => {
  it('keeps everything that was acknowledged', () => {
    expect(lost).toEqual([]);
    expect(refusals).toEqual([]);
  });

  it('commits nothing of the services but durably', async () => {
    const { connectionString } = server;
    // It is so for everybody else, whom the guard notes.
    expect(await admin(connectionString, 'show synchronous_commit')).toEqual([
      { synchronous_commit: 'off' },
    ]);
    const theirs = `${connectionString}?application_name=theirs`;
    await admin(theirs, 'update payments set revision = revision');
    expect(await admin(connectionString, 'select distinct writer from not_durable')).toEqual([
      { writer: 'theirs' },
    ]);
    const endings = new Set(world.meter.all.map(({ ending }) => ending));
    endings.delete('processing');
    expect([...endings].sort()).toEqual(['DatabaseUnavailable', 'done']);
  });

  it('leaves every order where its last accepted command leads', async () => {
    const { payments } = await allRecords(pool);
    const goals = new Map(accepted.map(({ orderId, command }) => [orderId, GOAL[command]]));
    expect(goals.size).toBe(ORDERS);
    expect(new Map(payments.map((payment) => [payment.orderId, standing(payment)]))).toEqual(goals);
    expect(payments).toHaveLength(ORDERS);
  });

  it("loses nothing and doubles nothing, by Stripe's own books", async () => {
    expect(await world.broken(pool)).toEqual([]);
  });
});
