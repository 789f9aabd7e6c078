import { type Finding, type Payment, startUpkeepJobs } from '@campusg-pay/core';
import { startSandbox } from '@campusg-pay/sandbox';
import Stripe from 'stripe';
import { afterEach, describe, expect, it } from 'vitest';
import { createJobLeases } from '../../src/postgres/jobs/job-leases.js';
import { systemScheduler } from '../../src/service/settings.js';
import { testClock } from '../setup/clock.js';
import { testDatabase } from '../setup/database.js';
import { authorizing, openService, until } from '../setup/service.js';

const SECRET_KEY = 'sk_test_sweeping';
const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

const closing: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

/** A service whose webhooks are refused on their way, as by a proxy that was set up wrong. */
async function unreachableService(environment: Record<string, string> = {}) {
  const database = await testDatabase();
  const sandbox = await startSandbox({
    secretKey: SECRET_KEY,
    webhook: { url: 'http://127.0.0.1:9/api/stripe-webhook', secret: 'whsec_lost' },
    webhookRetry: { firstMs: 1_000, maxMs: 1_000 },
  });
  const clock = testClock();
  const { runtime, lines, close } = await openService(
    {
      DATABASE_URL: database.connectionString,
      STRIPE_SECRET_KEY: SECRET_KEY,
      STRIPE_API_BASE: sandbox.url,
      ...environment,
    },
    clock,
  );
  closing.push(close, () => sandbox.close());
  const { escrow } = runtime;
  const jobLeases = createJobLeases(database);
  const findings: Finding[] = [];
  const { hostname: host, port } = new URL(sandbox.url);
  const find = async (orderId = 'order-1'): Promise<Payment> =>
    (await escrow.find({ orderId }))._unsafeUnwrap();
  return {
    runtime,
    escrow,
    sandbox,
    findings,
    lines,
    pool: database.pool,
    find,
    stripe: new Stripe(SECRET_KEY, { host, port: Number(port), protocol: 'http' }),
    /** Lets only one of the jobs be done, going on from there. */
    only: async (name: string, progress: object | null = null) => {
      await database.pool.query(
        `insert into chores (name, due_at, lease_until, progress)
        select one, case when one = $1 then to_timestamp(0) else 'infinity' end, to_timestamp(0), $2
        from unnest(array['sweep', 'catch-up', 'compare']) as one`,
        [name, progress],
      );
    },
    /** Lets time pass here and at Stripe, then does what is due until it is so. */
    sweepAfter: async (ms: number, isSo: () => Promise<boolean> | boolean) => {
      clock.advance(ms);
      await sandbox.clock.advance(ms);
      const onFinding = (finding: Finding) => findings.push(finding);
      const sweeping = startUpkeepJobs({
        escrow,
        jobLeases,
        clock,
        scheduler: systemScheduler,
        log: runtime.log,
        onFinding,
      });
      const rounds = setInterval(() => sweeping.wake(), 20);
      try {
        await until(isSo, Boolean);
      } finally {
        clearInterval(rounds);
        await sweeping.stop();
      }
    },
  };
}

async function approve(
  { sandbox, stripe }: Awaited<ReturnType<typeof unreachableService>>,
  id: string,
) {
  const { client_secret: secret } = await stripe.paymentIntents.retrieve(id);
  const body = new URLSearchParams({ client_secret: String(secret) });
  await fetch(`${sandbox.url}/3ds/${id}/approve`, { method: 'POST', body, redirect: 'manual' });
}

describe('a service whose webhooks never come', () => {
  it('fetches them from Stripe, and notes each once', async () => {
    const service = await unreachableService();
    const { escrow, find, only, pool } = service;
    const card = 'pm_card_threeDSecure2Required';
    await escrow.authorize(
      authorizing({ paymentMethodId: card, returnUrl: 'https://campusg.com' }),
    );
    await approve(service, (await find()).paymentIntentId ?? '');
    // Too short for the sweep of waiting payments to ask about it, so only the events can tell.
    await only('catch-up');
    await service.sweepAfter(6 * 60_000, async () => (await find()).status === 'AUTHORIZED');
    const { rows } = await pool.query('select type from stripe_events order by type');
    expect(rows.map(({ type }) => type)).toContain('payment_intent.amount_capturable_updated');
    expect(service.lines).toContainEqual(
      expect.objectContaining({ msg: 'took in webhooks that had not come', changed: 1 }),
    );
  });

  it("finds in Stripe's list what somebody did in the dashboard, and says so", async () => {
    const service = await unreachableService();
    const { escrow, find, only, pool, stripe, findings } = service;
    await escrow.authorize(authorizing());
    await stripe.paymentIntents.capture((await find()).paymentIntentId ?? '');
    // The list is gone through hour by hour; this is the hour in question, which may be over by now.
    const createdMs = (service.sandbox.ledger().paymentIntents[0]?.created ?? 0) * 1_000;
    const hour = new Date(Math.floor(createdMs / HOUR_MS) * HOUR_MS).toISOString();
    await only('compare', { from: hour });
    await service.sweepAfter(2 * HOUR_MS, () => findings.length > 0);
    expect(findings).toMatchObject([{ type: 'mended', payment: { status: 'RELEASED' } }]);
    expect((await find()).review).toBe('captured outside this service');
    const { rows } = await pool.query(`select progress from chores where name = 'compare'`);
    expect(Date.parse(rows[0]?.progress.from)).toBe(Date.parse(hour) + HOUR_MS);
  });
});

describe('a hold that lapses soon', () => {
  it('is told of a day before, shows in the metrics, and by default is left alone', async () => {
    const service = await unreachableService();
    await service.escrow.authorize(authorizing());
    const { text: early } = await service.runtime.exposeMetrics();
    expect(early).toContain('campusg_pay_holds_expiring 0');
    await service.sweepAfter(
      6 * DAY_MS + HOUR_MS,
      async () => (await service.find()).version === 2,
    );
    expect(await service.find()).toMatchObject({ status: 'AUTHORIZED', expiring: true });
    const { text } = await service.runtime.exposeMetrics();
    expect(text).toContain('campusg_pay_holds_expiring 1');
    expect(text).toContain('campusg_pay_payment_events_total{type="expiring"} 1');
    await until(
      () => service.lines.find(({ event }) => event === 'payment.expiring'),
      (line) => line !== undefined,
    );
  });

  it('is captured at Stripe an hour before, where that is configured', async () => {
    const service = await unreachableService({ HOLD_EXPIRY_ACTION: 'release' });
    await service.escrow.authorize(authorizing());
    const isReleased = async () => (await service.find()).status === 'RELEASED';
    await service.sweepAfter(7 * DAY_MS - HOUR_MS / 2, isReleased);
    const payment = await service.find();
    expect(payment).toMatchObject({ runnerId: null, receivedMinor: 2098 });
    expect(service.sandbox.ledger().paymentIntents).toMatchObject([{ status: 'succeeded' }]);
    const named = { payment: { orderId: 'order-1' }, runnerId: 'runner-1', correlationId: 'r' };
    await service.escrow.release(named);
    const reread = await service.pool.query('select runner_id, status from payments');
    expect(reread.rows).toEqual([{ runner_id: 'runner-1', status: 'RELEASED' }]);
  });

  it('is let go at Stripe before its end, where that is configured', async () => {
    const service = await unreachableService({
      HOLD_EXPIRY_ACTION: 'revert',
      HOLD_EXPIRY_ACT_MINUTES: '120',
    });
    await service.escrow.authorize(authorizing());
    const isReverted = async () => (await service.find()).status === 'REVERTED';
    await service.sweepAfter(7 * DAY_MS - 1.5 * HOUR_MS, isReverted);
    expect(await service.find()).toMatchObject({ revertMethod: 'voided', reason: 'hold_expiring' });
    expect(service.sandbox.ledger().paymentIntents).toMatchObject([{ status: 'canceled' }]);
  });
});
