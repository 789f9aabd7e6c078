import type { Discrepancy, GatewayFault, PaymentGateway } from '@campusg-pay/core';
import { type Sandbox, startSandbox } from '@campusg-pay/sandbox';
import { err, ok } from 'neverthrow';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Fate, type Seeded, seeded } from '../drift-lab/books.js';
import { allDrifts, reconcilerFor } from '../drift-lab/lab.js';
import { insertPayments } from '../drift-lab/seed.js';
import { type TestDatabase, testDatabase } from '../setup/database.js';

const HOUR_S = 3_600;
const DAY_S = 24 * HOUR_S;
const nowS = Math.floor(Date.now() / 1000);
const ago = (seconds: number) => new Date((nowS - seconds) * 1000);
const AWAY: GatewayFault = {
  type: 'GatewayUnavailable',
  executed: 'no',
  reason: 'away',
  retryAfterMs: 1,
};

let database: TestDatabase;
let sandbox: Sandbox;
beforeEach(async () => {
  database = await testDatabase();
  sandbox = await startSandbox({ secretKey: 'sk_test_lab' });
});
afterEach(() => sandbox.close());

/** Payments of that many seconds ago, the oldest first; `lag` later at Stripe. */
async function put(
  ...wanted: readonly { readonly ageS: number; readonly fate?: Fate; readonly lagS?: number }[]
): Promise<readonly Seeded[]> {
  const all = wanted.map(({ ageS, fate = 'held', lagS = 0 }, index) => {
    const one = seeded({ index, fate, createdS: nowS - ageS });
    return { ...one, intent: { ...one.intent, created: nowS - ageS + lagS } };
  });
  await insertPayments(database.pool, all);
  sandbox.seed(all.map(({ intent }) => intent).sort((a, b) => a.created - b.created));
  return all;
}

function reconciling(decorate?: (gateway: PaymentGateway) => PaymentGateway) {
  const reconciler = reconcilerFor(database.pool, sandbox, decorate);
  const never = new AbortController().signal;
  const begin = async (period: { from?: Date; to?: Date; older?: boolean } = {}) => {
    const { from = ago(8 * DAY_S), to = new Date(), older = false } = period;
    return (await reconciler.begin({ from, to, older, startedBy: 'test' }))._unsafeUnwrap();
  };
  return {
    reconciler,
    begin,
    never,
    run: async (period?: Parameters<typeof begin>[0]) => {
      const run = (await reconciler.goOn(await begin(period), { stop: never }))._unsafeUnwrap();
      return { run, discrepancies: await allDrifts(reconciler, run.id) };
    },
  };
}

const types = (discrepancies: readonly Discrepancy[]) => discrepancies.map(({ type }) => type);

describe('the key of another account', () => {
  it('ends a run and a repair before anything is found missing, or marked', async () => {
    const [lost] = await put({ ageS: 3 * HOUR_S }, { ageS: 2 * HOUR_S }, { ageS: HOUR_S });
    const without = (id: string | undefined) => (gateway: PaymentGateway) => ({
      ...gateway,
      retrieve: async (asked: string) => (asked === id ? ok(null) : gateway.retrieve(asked)),
      listIntents: async (wanted: Parameters<PaymentGateway['listIntents']>[0]) => {
        const page = await gateway.listIntents(wanted);
        return page.map((all) => ({
          ...all,
          items: all.items.filter(({ intent }) => intent.paymentIntentId !== id),
        }));
      },
    });
    // One that is lost is found, with a repair.
    const { reconciler, run, never } = reconciling(without(lost?.intent.id));
    const found = await run();
    expect(types(found.discrepancies)).toEqual(['intent_missing']);
    const plan = await reconciler.plan({ run: found.run, plannedBy: 'test' }, never);
    const [planned] = plan._unsafeUnwrap().repairs;
    if (planned === undefined) throw new Error('nothing was planned');

    const other = await startSandbox({ secretKey: 'sk_test_lab' });
    const foreign = reconcilerFor(database.pool, other);
    const begun = (
      await reconciler.begin({
        from: ago(8 * DAY_S),
        to: new Date(),
        older: false,
        startedBy: 'test',
      })
    )._unsafeUnwrap();
    const refused = {
      type: 'GatewayUnavailable',
      reason: expect.stringContaining('another account'),
    };
    const gone = await foreign.goOn(begun, { stop: never });
    expect(gone._unsafeUnwrapErr()).toMatchObject(refused);
    expect(await allDrifts(foreign, begun.id)).toEqual([]);
    const applied = await foreign.apply(planned, { plan: 'p', dryRun: false });
    expect(applied._unsafeUnwrapErr()).toMatchObject(refused);
    const { rows } = await database.pool.query('select from payments where review is not null');
    expect(rows).toHaveLength(0);
    await other.close();
  });
});

describe('a PaymentIntent that can not be read', () => {
  it('is told, and the others are looked at', async () => {
    const [odd, wrong] = await put({ ageS: 3 * HOUR_S }, { ageS: 2 * HOUR_S }, { ageS: HOUR_S });
    await moveOn(wrong, { amount: 1 });
    const id = odd?.intent.id;
    const { run } = reconciling((gateway) => ({
      ...gateway,
      retrieve: async (asked) =>
        asked === id
          ? err({ ...AWAY, executed: 'unknown', unreadable: true })
          : gateway.retrieve(asked),
      listIntents: async (wanted) =>
        (await gateway.listIntents(wanted)).map((page) => ({
          ...page,
          items: page.items.filter(({ intent }) => intent.paymentIntentId !== id),
          unreadable: 1,
        })),
    }));
    const found = await run();
    expect(found.run.finishedAt).not.toBeNull();
    expect(found.discrepancies).toMatchObject([
      { type: 'amount_differs' },
      { detail: `PaymentIntent ${id} can't be read at Stripe`, atRisk: { currency: 'USD' } },
      { type: 'invariant_broken', detail: "one PaymentIntent in Stripe's list can't be read" },
    ]);
  });
});

describe('a payment that moves while both sides are read', () => {
  it('is no drift', async () => {
    const [held, asked] = await put({ ageS: 2 * HOUR_S }, { ageS: HOUR_S, fate: 'asked' });
    const { run } = reconciling((gateway) => ({
      ...gateway,
      listIntents: async (wanted) => {
        const page = await gateway.listIntents(wanted);
        // The list is on its way, and the service goes on working.
        await moveOn(held, { status: 'canceled', cancellationReason: 'requested_by_customer' });
        await database.pool.query(
          `with told as (
             insert into payment_events (payment_id, version, type, data, correlation_id, at)
             values ($1, 2, 'reverted', '{}', 'test', now())
           )
           update payments set status = 'REVERTED', revert_method = 'voided', version = 2,
             revision = revision + 1, updated_at = now() where id = $1`,
          [held?.row.id],
        );
        return page;
      },
    }));
    expect(asked?.intent.status).toBe('requires_action');
    expect((await run()).discrepancies).toEqual([]);
  });

  it('is a discrepancy when it has moved at Stripe alone', async () => {
    const [held] = await put({ ageS: 2 * HOUR_S });
    await moveOn(held, { status: 'canceled' });
    expect(types((await reconciling().run()).discrepancies)).toEqual(['status_differs']);
  });
});

async function moveOn(one: Seeded | undefined, change: Partial<Seeded['intent']>): Promise<void> {
  if (one !== undefined) sandbox.seed([{ ...one.intent, ...change }]);
}

describe('a PaymentIntent that was made long after its payment', () => {
  it('meets it all the same, whichever of them is in the period', async () => {
    await put({ ageS: 30 * HOUR_S, lagS: 20 * HOUR_S }, { ageS: 29 * HOUR_S }, { ageS: HOUR_S });
    const { run } = reconciling();
    const whole = await run();
    expect(whole.discrepancies).toEqual([]);
    expect(whole.run.progress).toMatchObject({ intents: 3, payments: 3 });
    // The record is older than the period, then the PaymentIntent is younger than it.
    expect((await run({ from: ago(12 * HOUR_S) })).discrepancies).toEqual([]);
    expect((await run({ to: ago(12 * HOUR_S) })).discrepancies).toEqual([]);
  });

  it('is found with whatever differs, once', async () => {
    const [late] = await put({ ageS: 30 * HOUR_S, lagS: 20 * HOUR_S }, { ageS: 29 * HOUR_S });
    await moveOn(late, { amount: 1 });
    expect(types((await reconciling().run()).discrepancies)).toEqual(['amount_differs']);
  });
});

describe('what Stripe made in the second in which a run ends', () => {
  it('is found', async () => {
    const [held] = await put({ ageS: HOUR_S });
    if (held === undefined) throw new Error('nothing was put');
    sandbox.seed([{ ...held.intent, id: 'pi_newest', created: nowS }]);
    const { discrepancies } = await reconciling().run({ to: new Date(nowS * 1000 + 1) });
    expect(types(discrepancies)).toEqual(['duplicate_hold']);
  });
});

describe('what is still open from before the period', () => {
  it('is looked at as well, where that is wanted', async () => {
    const [old] = await put({ ageS: 20 * DAY_S }, { ageS: 19 * DAY_S, fate: 'captured' });
    await moveOn(old, { status: 'canceled', cancellationReason: 'expired' });
    const { run } = reconciling();
    expect((await run()).discrepancies).toEqual([]);
    expect(types((await run({ older: true })).discrepancies)).toEqual(['hold_expired']);
  });
});

describe('a run that meets trouble', () => {
  const many = Array.from({ length: 250 }, (_, index) => ({ ageS: 5 * DAY_S - index * 600 }));
  const failing = (from: number, to: number) => {
    let lists = 0;
    return (gateway: PaymentGateway): PaymentGateway => ({
      ...gateway,
      listIntents: async (wanted) => {
        lists += 1;
        return lists >= from && lists < to ? err(AWAY) : gateway.listIntents(wanted);
      },
    });
  };

  it('survives a short outage of Stripe', async () => {
    await put(...many);
    const { run, discrepancies } = await reconciling(failing(2, 5)).run();
    expect(discrepancies).toEqual([]);
    expect(run.progress).toMatchObject({ intents: 250, payments: 250 });
  });

  it('can be gone on with after a long one, and counts nothing twice', async () => {
    const all = await put(...many);
    for (const one of [all[3], all[120], all[249]]) await moveOn(one, { amount: 1 });
    const { begin, reconciler, never } = reconciling(failing(3, 9));
    const begun = await begin();
    const broken = await reconciler.goOn(begun, { stop: never });
    expect(broken._unsafeUnwrapErr()).toMatchObject({ type: 'GatewayUnavailable' });
    const cut = (await reconciler.runs.find(begun.id))._unsafeUnwrap();
    if (cut === null) throw new Error('the run is gone');
    expect(cut.finishedAt).toBeNull();
    const run = (await reconciler.goOn(cut, { stop: never }))._unsafeUnwrap();
    expect(run.finishedAt).not.toBeNull();
    expect(run.progress).toMatchObject({ intents: 250, payments: 250 });
    expect(types(await allDrifts(reconciler, run.id))).toEqual(Array(3).fill('amount_differs'));
  });

  it('does not wait for a Stripe that it never reached', async () => {
    await put({ ageS: HOUR_S });
    const { begin, reconciler, never } = reconciling(failing(1, 100));
    const gone = await reconciler.goOn(await begin(), { stop: never });
    expect(gone._unsafeUnwrapErr()).toMatchObject({ type: 'GatewayUnavailable' });
  });
});
