import { describe, expect, it } from 'vitest';
import {
  atStripe,
  authenticate,
  authorize,
  heldOrder,
  intentOf,
  newOrder,
  recorded,
  release,
  revert,
  status,
  until,
  withCard,
} from './orders.js';
import { eventOf, sendWebhook } from './signing.js';
import { openWorld } from './world.js';

const world = await openWorld();
const { sandbox } = world;

const wanting3ds = withCard('pm_card_threeDSecure2Required');

describe('webhooks in bad order', () => {
  it('that come twice change things once', async () => {
    sandbox.faults.add({ event: '*', times: 50, effect: { kind: 'duplicate' } });
    const order = await heldOrder(world);
    await release(world, order);
    await revert(world, order);
    await sandbox.webhooks.settled();
    await expectHistory(order, ['authorized', 'released', 'reverted']);
  });

  it('that all come again at the end change nothing', async () => {
    const order = await heldOrder(world);
    await release(world, order);
    await sandbox.webhooks.settled();
    const before = await recorded(world, order);
    expect(sandbox.webhooks.redeliver()).toBeGreaterThan(5);
    await sandbox.webhooks.settled();
    expect(await recorded(world, order)).toEqual(before);
  });

  it('that overtake each other end in the same state', async () => {
    sandbox.faults.add({ event: 'payment_intent.*', times: 50, effect: { kind: 'reorder' } });
    const order = newOrder();
    await authorize(world, order, wanting3ds);
    await authenticate(world, order, 'approve');
    await until(
      () => recorded(world, order),
      (row) => row?.status === 'AUTHORIZED',
    );
    await release(world, order);
    await sandbox.webhooks.settled();
    await expectHistory(order, ['requires_action', 'authorized', 'released']);
  });

  it('of an old state come to nothing, however late', async () => {
    const order = await heldOrder(world);
    const asHeld = intentOf(world, order);
    await revert(world, order);
    await sandbox.webhooks.settled();
    const before = await recorded(world, order);
    const late = eventOf('payment_intent.amount_capturable_updated', asHeld);
    expect((await sendWebhook(world, late)).status).toBe(200);
    expect(await recorded(world, order)).toEqual(before);
  });

  it.each([
    ['authorize', '/v1/payment_intents', newOrder, authorize, 'AUTHORIZED', ['authorized']],
    [
      'release',
      '/v1/payment_intents/*/capture',
      () => heldOrder(world),
      release,
      'RELEASED',
      ['authorized', 'released'],
    ],
    [
      'revert',
      '/v1/payment_intents/*/cancel',
      () => heldOrder(world),
      revert,
      'REVERTED',
      ['authorized', 'reverted'],
    ],
  ] as const)(
    'that beat the reply to %s are not lost, and the command answers as ever',
    async (...row) => {
      const [, path, prepare, run, becomes, history] = row;
      const order = await prepare();
      await sandbox.webhooks.settled();
      sandbox.faults.add({ path, effect: { kind: 'latency', ms: 400, phase: 'after' } });
      const answering = run(world, order);
      const early = await until(
        () => recorded(world, order),
        (one) => one?.status === becomes,
      );
      expect(early?.status).toBe(becomes);
      const answer = await answering;
      expect(answer.status).toBe(200);
      expect(answer.body.payment.status).toBe(becomes);
      await expectHistory(order, history);
      expect(atStripe(world, order).intents).toHaveLength(1);
    },
  );
});

describe('a webhook that is lost', () => {
  it('is made up for by a look at the status', async () => {
    sandbox.faults.add({ event: '*', times: 50, effect: { kind: 'lose' } });
    const order = newOrder();
    await authorize(world, order, wanting3ds);
    await authenticate(world, order, 'approve');
    await sandbox.webhooks.settled();
    expect((await recorded(world, order))?.status).toBe('INITIATING');
    expect((await status(world, order)).body.payment.status).toBe('AUTHORIZED');
    expect((await recorded(world, order))?.status).toBe('AUTHORIZED');
  });
});

async function expectHistory(order: string, types: readonly string[]): Promise<void> {
  const sql = `select e.version, e.type from payment_events e
    join payments p on p.id = e.payment_id where p.order_id = $1 order by e.version`;
  expect(await world.database.sql(sql, [order])).toEqual(
    types.map((type, n) => ({ version: n + 1, type })),
  );
}
