import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { OWED_CALL, REPLAYED, RESUMED, SYNCED, WAITING_EVENT } from '../src/wording/documents.js';
import { linesOf, openWorld, type World } from './world.js';

// Many programs are started, one after the other.
vi.setConfig({ testTimeout: 90_000 });

let world: World;
beforeAll(async () => {
  world = await openWorld();
});
afterAll(() => world.close());

const WHY = ['--reason', 'was away', '--operator', 'night-shift', '--yes'];

const actsOf = (act: string) =>
  world.database.sql(
    'select operator, reason, details, outcome, result from operator_acts where act = $1',
    [act],
  );

describe('operations', () => {
  it('are listed while they are owed, and resumed once nobody works on them', async () => {
    const payment = await world.hold();
    const path = '/v1/payment_intents/*/capture';
    world.sandbox.faults.add({ path, times: 20, effect: { kind: 'drop', executed: true } });
    const away = { kind: 'html502', executed: false } as const;
    world.sandbox.faults.add({ path: '/v1/payment_intents/*', times: 20, effect: away });
    const ref = { payment: { paymentId: payment.id }, correlationId: 'lost' };
    const lost = await world.session.escrow.release({ ...ref, runnerId: 'user_9' });
    expect(lost._unsafeUnwrap().outcome).toBe('processing');
    world.sandbox.faults.clear();

    const due = (when: string) =>
      world.database.sql(`update operations set lease_until = now() ${when}
        where closed_at is null`);
    await due(`+ interval '1 hour'`);
    const listed = await world.run('operations', 'list', '--json');
    const [owed] = linesOf(listed).map((line) => OWED_CALL.parse(line));
    expect(owed).toMatchObject({ kind: 'capture', orderId: payment.orderId, major: '20.98' });
    await world.database.sql(`update operations set lease_until = now() + interval '1 minute'
      where closed_at is null`);
    const early = await world.run('operations', 'resume', ...WHY);
    expect([early.code, early.stdout]).toEqual([0, '']);
    expect(early.stderr).toMatch(/^Nothing is due/);

    await due(`- interval '1 second'`);
    const dry = await world.run('operations', 'resume', '--dry-run');
    expect(dry.stdout).toMatch(/capture {3}20\.98 USD of order \S+, tried \d+x/);
    const { code, stdout } = await world.run('operations', 'resume', '--json', ...WHY);
    expect(code).toBe(0);
    expect(RESUMED.parse(JSON.parse(stdout))).toEqual({ outcome: 'done', taken: 1, bugs: 0 });
    expect((await world.run('payments', 'show', payment.id)).stdout).toMatch(/^status +RELEASED/m);
    expect(await actsOf('operations.resume')).toMatchObject([
      { operator: 'night-shift', reason: 'was away', outcome: 'done' },
    ]);
  });
});

describe('events replay', () => {
  it('tells events again exactly as they were told first, marked, and none that still waits', async () => {
    const payment = await world.hold();
    const { orderId, id } = payment;
    const ref = { payment: { paymentId: id }, correlationId: 'asked' };
    await world.session.escrow.release({ ...ref, runnerId: 'user_9' });
    await world.session.escrow.revert({ ...ref, reason: 'late' });
    const inOutbox = () =>
      world.database.sql('select announcement from outbox where order_id = $1 order by id', [
        orderId,
      ]) as Promise<{ announcement: Record<string, unknown> }[]>;
    const first = await inOutbox();
    expect(first).toHaveLength(3);

    const replay = ['events', 'replay', '--from', '1h', '--order', orderId];
    const none = await world.run(...replay, '--json', ...WHY);
    expect(REPLAYED.parse(JSON.parse(none.stdout))).toMatchObject({ events: 3, queued: 0 });
    await world.database.sql('delete from outbox where order_id = $1', [orderId]);
    const dry = await world.run(...replay, '--dry-run');
    expect(dry.stdout).toMatch(/^Publish 3 events of 1 payments once more/);
    expect(await inOutbox()).toEqual([]);

    const { code, stdout } = await world.run(...replay, '--json', ...WHY);
    expect(code).toBe(0);
    expect(REPLAYED.parse(JSON.parse(stdout))).toEqual({ outcome: 'done', events: 3, queued: 3 });
    expect(await inOutbox()).toEqual(
      // They answer nobody any more: a saga that hears its answer twice acts twice.
      first.map(({ announcement }) => ({
        announcement: { ...announcement, answers: null, replay: true },
      })),
    );
    const listed = linesOf(await world.run('outbox', 'list', '--json'));
    const told = listed.map((line) => WAITING_EVENT.parse(line)).filter(({ replay: is }) => is);
    expect(told.map(({ type, version }) => [type, version])).toEqual([
      ['authorized', 1],
      ['released', 2],
      ['reverted', 3],
    ]);
  });

  it('goes through a long time page by page', async () => {
    const own = await openWorld();
    const payment = await own.hold();
    await own.database.sql(
      `insert into payment_events (payment_id, version, type, data, correlation_id, at)
       select $1, n, 'review_needed', '{"type":"review_needed","reason":"test"}', 'test',
         now() + n * interval '1 millisecond'
       from generate_series(2, 1201) n`,
      [payment.id],
    );
    await own.database.sql('delete from outbox');
    const period = ['--from', '1h', '--to', new Date(Date.now() + 60_000).toISOString()];
    const { code, stdout } = await own.run('events', 'replay', ...period, '--json', ...WHY);
    const versions = await own.database.sql('select version from outbox order by id');
    await own.close();
    expect(code).toBe(0);
    expect(REPLAYED.parse(JSON.parse(stdout))).toMatchObject({ events: 1201, queued: 1201 });
    expect(versions).toEqual(Array.from({ length: 1201 }, (_, at) => ({ version: at + 1 })));
  });

  it('says that there is no such order, with 2', async () => {
    const replay = ['events', 'replay', '--from', '2h', '--order', 'nope'];
    const { code, stdout, stderr } = await world.run(...replay, ...WHY);
    expect([code, stdout, stderr]).toEqual([2, '', 'There is no order nope.\n']);
  });

  it('says that nothing happened to an order that there is, with 0', async () => {
    const { orderId } = await world.hold();
    const replay = ['events', 'replay', '--from', '2h', '--to', '1h', '--order', orderId];
    const { code, stderr } = await world.run(...replay, ...WHY);
    expect([code, stderr]).toEqual([0, 'Nothing happened in that time.\n']);
  });

  it('refuses a wrong order of dates with 1', async () => {
    const { code, stderr } = await world.run('events', 'replay', '--from', '1h', '--to', '2h');
    expect(code).toBe(1);
    expect(stderr).toBe('--from is not before --to: nothing can be in between.\n');
  });
});

describe('webhooks sync', () => {
  it.each(['60d', '31d', '2100-01-01'])('refuses --since %s with 1', async (since) => {
    const { code, stdout, stderr } = await world.run('webhooks', 'sync', '--since', since, ...WHY);
    expect([code, stdout]).toEqual([1, '']);
    expect(stderr).toContain('It must be in the past, and at most 30d ago.');
  });

  it('takes exactly 30 days', async () => {
    expect((await world.run('webhooks', 'sync', '--since', '30d', '--dry-run')).code).toBe(0);
  });

  it('takes in what Stripe could not deliver, and tells what moved on', async () => {
    // An endpoint where nobody listens.
    const secret = 'whsec_test';
    world.sandbox.webhooks.setEndpoint({ url: 'http://127.0.0.1:1/api/stripe-webhook', secret });
    const payment = await world.hold();
    const { secretKey, apiBase } = world.session.config.stripe ?? {};
    const canceled = await fetch(
      `${apiBase?.origin}/v1/payment_intents/${payment.paymentIntentId}/cancel`,
      { method: 'POST', headers: { authorization: `Bearer ${secretKey}` } },
    );
    expect(canceled.status).toBe(200);
    const dry = await world.run('webhooks', 'sync', '--since', '1h', '--dry-run');
    expect(dry.code).toBe(0);
    expect(dry.stdout).toMatch(/1 {2}payment_intent\.canceled/);
    const { code, stdout } = await world.run('webhooks', 'sync', '--json', ...WHY);
    expect(code).toBe(0);
    const synced = SYNCED.parse(JSON.parse(stdout));
    expect(synced).toMatchObject({ outcome: 'done', changed: 1, bugs: 0 });
    expect((await world.run('payments', 'show', payment.id)).stdout).toMatch(/^status +REVERTED/m);
    expect(await actsOf('webhooks.sync')).toMatchObject([
      { outcome: 'done', result: `${synced.events} webhooks, 1 changed a payment` },
    ]);
  });
});
