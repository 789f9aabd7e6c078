import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Serving, serve, until } from './cli.js';
import { authorize, newOrder, release, statusOf } from './payments.js';
import { openWorld, type World } from './world.js';

/** With it a lease lasts for 95 s, which is longer than the tests wait for anything. */
const STRIPE_TIMEOUT_MS = '30000';

/** When Stripe has acted, its answer would come after the lease is over; before, it is only slow. */
const LATENCY = {
  after: { kind: 'latency', ms: 120_000, phase: 'after' },
  before: { kind: 'latency', ms: 4_000, phase: 'before' },
} as const;

let world: World;
beforeAll(async () => {
  world = await openWorld();
});
afterAll(async () => {
  await world.close();
});

/** Two services on one database and one Stripe, which see each other. */
async function startBoth(): Promise<readonly [Serving, Serving]> {
  const env = { ...world.env, STRIPE_TIMEOUT_MS };
  const [first, second] = await Promise.all([serve(env), serve(env)]);
  await until(async () => (await present()) === 2);
  return [first, second];
}

/** How many hold the lock that tells that they live: those of relays and shards are below. */
async function present(): Promise<number> {
  const rows = await world.database.sql(
    `select 1 from pg_locks where locktype = 'advisory' and objsubid = 2 and objid > 64
       and database = (select oid from pg_database where datname = current_database())`,
  );
  return rows.length;
}

/** The calls for an order as the journal has them, the last one first. */
async function operationsOf(orderId: string): Promise<readonly JournalRow[]> {
  const rows = await world.database.sql(
    `select key, kind, attempts, holder, closed_at, lease_until from operations o
     join payments p on p.id = o.payment_id where p.order_id = $1 order by opened_at desc`,
    [orderId],
  );
  return rows as JournalRow[];
}

interface JournalRow {
  readonly key: string;
  readonly kind: string;
  readonly attempts: number;
  readonly holder: number | null;
  readonly closed_at: Date | null;
  readonly lease_until: Date;
}

/** The fault has struck, so the call has arrived at Stripe. */
async function isUnderWay(): Promise<boolean> {
  const left = await fetch(`${world.sandbox.url}/_sandbox/faults`);
  return !(await left.text()).includes('latency');
}

describe('one of two replicas, killed in the middle of a call', () => {
  it.each(['before', 'after'] as const)(
    'is missed, and its call finished long before its lease is over (killed %s Stripe has acted)',
    async (phase) => {
      const [first, second] = await startBoth();
      const orderId = newOrder();
      expect((await authorize(second.url, orderId)).status).toBe(200);
      world.sandbox.faults.add({ method: 'POST', path: '/v1/**', effect: LATENCY[phase] });
      const asked = release(first.url, orderId).catch(() => null);
      await until(isUnderWay);
      const [left] = await operationsOf(orderId);
      first.kill('SIGKILL');
      await first.ended;
      expect(left).toMatchObject({ kind: 'capture', attempts: 1, closed_at: null });
      expect(left?.holder).not.toBeNull();

      await until(async () => (await operationsOf(orderId))[0]?.closed_at !== null);
      expect(await asked).toBeNull();
      const [done] = await operationsOf(orderId);
      expect(done).toMatchObject({ key: left?.key, kind: 'capture' });
      expect(done?.attempts).toBeGreaterThan(1);
      // Not because the lease had run out.
      expect(done?.closed_at?.getTime()).toBeLessThan(left?.lease_until.getTime() ?? 0);
      expect(await statusOf(second.url, orderId)).toBe('RELEASED');
      expect(world.sandbox.ledger().paymentIntents).toContainEqual(
        expect.objectContaining({
          metadata: expect.objectContaining({ order_id: orderId }),
          status: 'succeeded',
          amount_received: 2098,
        }),
      );
      expect(second.stdout()).toContain('a replica is gone');
    },
  );
});
