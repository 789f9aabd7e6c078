import { isDeepStrictEqual } from 'node:util';
import { memoryStore } from '@campusg-pay/core/testing';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createCustomerDirectory } from '../../src/postgres/payments/customer-directory.js';
import { createRepository } from '../../src/postgres/payments/repository.js';
import { testDatabase } from '../setup/database.js';
import {
  type Act,
  anything,
  besideOthers,
  type Ports,
  perform,
  type Seen,
  stateOf,
  type Told,
} from './acts.js';

const { pool } = await testDatabase();
const postgres: Ports = {
  repository: createRepository({ pool }),
  customers: createCustomerDirectory({ pool }),
};

const RUNS = 80;

async function empty(): Promise<void> {
  await pool.query(`with a as (delete from outbox), b as (delete from payment_events),
    c as (delete from operations), d as (delete from stripe_events), e as (delete from customers)
    select`);
  await pool.query('delete from payments');
}

function nothingSeen(): Seen {
  return { payments: [], records: [] };
}

const copyOf = ({ payments, records }: Seen): Seen => ({
  payments: [...payments],
  records: [...records],
});

/** Does one act after the other, and tells what came of each. */
async function performAll(ports: Ports, seen: Seen, acts: readonly Act[]) {
  const told: Told[] = [];
  for (const [place, act] of acts.entries()) told.push(await perform(ports, seen, act, place));
  return told;
}

/** The journal and the outbox as the tables have them, in the form of the model's. */
async function tables() {
  const journal = await pool.query(
    `select payment_id, key, kind, outcome, detail, attempts, lease_until,
      resting
     from operations order by key`,
  );
  const outbox = await pool.query('select announcement from outbox order by id');
  const webhooks = await pool.query('select id, payment_id from stripe_events order by id');
  return {
    journal: journal.rows,
    outbox: outbox.rows.map(({ announcement }) => announcement),
    webhooks: webhooks.rows,
  };
}

function tablesOf(store: ReturnType<typeof memoryStore>) {
  const ids = ['id-0', 'id-1', 'id-2', 'id-3'];
  const journal = ids.flatMap((id) => store.journal(id));
  const byKey = journal.map(({ paymentId, operation, outcome, detail }) => {
    const { key, kind, attempts, leaseUntil, resting } = operation;
    const about = { payment_id: paymentId, key, kind, outcome, detail };
    return { ...about, attempts, lease_until: leaseUntil, resting };
  });
  const webhooks = [...store.webhooks.values()];
  const byId = <One>(all: One[], nameOf: (one: One) => string) =>
    all.sort((one, other) => (nameOf(one) < nameOf(other) ? -1 : 1));
  return {
    journal: byId(byKey, ({ key }) => key),
    outbox: JSON.parse(JSON.stringify(store.outbox)),
    webhooks: byId(
      webhooks.map(({ id, paymentId }) => ({ id, payment_id: paymentId })),
      ({ id }) => id,
    ),
  };
}

const long = { minLength: 5, maxLength: 30, size: 'max' } as const;

describe('whatever is asked of Postgres', () => {
  it('one after the other, it answers and keeps what the database in memory does', async () => {
    const seenDone = new Map<string, number>();
    await fc.assert(
      fc.asyncProperty(fc.array(anything, long), async (acts) => {
        await empty();
        const store = memoryStore();
        const theirs = await performAll(postgres, nothingSeen(), acts);
        expect(theirs).toEqual(await performAll(store, nothingSeen(), acts));
        expect(await stateOf(postgres)).toEqual(await stateOf(store));
        expect(await tables()).toEqual(tablesOf(store));
        for (const [place, told] of theirs.entries()) {
          const name = told === 'skipped' ? 'skipped' : `${acts[place]?.do} ${wordOf(told.told)}`;
          seenDone.set(name, (seenDone.get(name) ?? 0) + 1);
        }
      }),
      { numRuns: RUNS },
    );
    // Acts that never come to anything would prove nothing.
    for (const name of [
      'claim claimed',
      'claim live',
      'claim id_taken',
      'save saved',
      'save stale',
      'withdraw withdrawn',
      'withdraw stale',
    ]) {
      expect(seenDone.get(name), name).toBeGreaterThan(0);
    }
  }, 120_000);

  it('at once, it comes out as if it had been asked in some order', async () => {
    const batch = fc.array(besideOthers, { minLength: 2, maxLength: 3 });
    await fc.assert(
      fc.asyncProperty(fc.array(besideOthers, long), batch, async (before, atOnce) => {
        await empty();
        const seen = nothingSeen();
        await performAll(postgres, seen, before);
        const theirs = await Promise.all(
          atOnce.map((act, n) => perform(postgres, copyOf(seen), act, before.length + n)),
        );
        const outcome = comparable({ told: theirs, state: await stateOf(postgres) });
        const possible = [];
        for (const order of ordersOf(atOnce.map((_, n) => n))) {
          possible.push(await inThatOrder(before, atOnce, order));
        }
        if (!possible.some((one) => isDeepStrictEqual(one, outcome))) {
          expect(outcome).toEqual(possible[0]);
        }
      }),
      { numRuns: RUNS },
    );
  }, 120_000);

  it('by ten at once on one revision, exactly one write is saved', async () => {
    const write = fc.constantFrom('lease', 'askRevert', 'hold', 'fail', 'review');
    const writes = fc.array(write, { minLength: 10, maxLength: 10 });
    await fc.assert(
      fc.asyncProperty(writes, async (names) => {
        await empty();
        const seen = nothingSeen();
        await perform(postgres, seen, { do: 'claim', order: 0, id: 0, user: 0 }, 0);
        const told = await Promise.all(
          names.map((name, n) => {
            const act = { do: 'save', pick: 0, write: name, webhook: 0 } as const;
            return perform(postgres, copyOf(seen), act, n + 1);
          }),
        );
        const words = told.map((one) => (one === 'skipped' ? one : one.told));
        expect(words.filter((word) => word === 'saved')).toHaveLength(1);
        expect(words.filter((word) => word === 'stale')).toHaveLength(names.length - 1);
      }),
      { numRuns: RUNS / 4 },
    );
  });

  it('by three replicas at once, what is owed is taken over once each', async () => {
    const limits = fc.array(fc.integer({ min: 1, max: 3 }), { minLength: 3, maxLength: 3 });
    await fc.assert(
      fc.asyncProperty(limits, async (wanted) => {
        await empty();
        const claims = [0, 1].map((n) => ({ do: 'claim', order: n, id: n, user: 0 }) as const);
        await performAll(postgres, nothingSeen(), claims);
        const taken = await Promise.all(
          wanted.map((limit) =>
            perform(postgres, nothingSeen(), { do: 'takeOwing', limit }, 1_000),
          ),
        );
        const ids = taken.flatMap((one) =>
          one === 'skipped' ? [] : (one.told as { id: string }[]).map(({ id }) => id),
        );
        expect(new Set(ids).size).toBe(ids.length);
        expect(ids.length).toBeGreaterThan(0);
        const { payments } = await stateOf(postgres);
        for (const payment of payments) {
          const attempts = payment === null ? 0 : ids.includes(payment.id) ? 2 : 1;
          expect(payment?.operation?.attempts ?? 0).toBe(attempts);
        }
      }),
      { numRuns: RUNS / 4 },
    );
  });
});

async function inThatOrder(before: readonly Act[], acts: readonly Act[], order: readonly number[]) {
  const store = memoryStore();
  const seen = nothingSeen();
  await performAll(store, seen, before);
  const told: unknown[] = acts.map(() => null);
  for (const n of order) {
    const act = acts[n];
    if (act !== undefined) told[n] = await perform(store, copyOf(seen), act, before.length + n);
  }
  return comparable({ told, state: await stateOf(store) });
}

/**
 * A claim that waits for a withdrawal to end has counted the withdrawn attempt, so its own number
 * may leave a gap. Numbers only tell which payment of an order is the latest: a gap harms nobody.
 */
function comparable(outcome: object): unknown {
  return JSON.parse(
    JSON.stringify(outcome, (name, value) => (name === 'attempt' ? undefined : value)),
  );
}

function ordersOf(numbers: readonly number[]): number[][] {
  if (numbers.length === 0) return [[]];
  return numbers.flatMap((first) =>
    ordersOf(numbers.filter((one) => one !== first)).map((rest) => [first, ...rest]),
  );
}

function wordOf(told: unknown): string {
  if (typeof told === 'string') return told;
  return typeof told === 'object' && told !== null && 'type' in told ? String(told.type) : 'told';
}
