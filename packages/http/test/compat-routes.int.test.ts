import { type CommandFate, partIn, type Refusal } from '@campusg-pay/core';
import { usd } from '@campusg-pay/core/testing';
import { err, ok } from 'neverthrow';
import { describe, expect, it } from 'vitest';
import { errorView } from '../src/openapi-schemas.js';
import { openDoor } from './door.js';

const WHOLE = usd(2098);
const accepted: object[] = [];
const use: { taken: CommandFate; refusal: Refusal | null } = { taken: 'waiting', refusal: null };
const config = { compatRoutes: true, apiKeys: [{ name: 'saga', key: 'a-key-of-16-chars' }] };
const door = await openDoor({
  config,
  commands: {
    take: () => Promise.reject(new Error('not over HTTP')),
    refuse: () => Promise.reject(new Error('not over HTTP')),
    lookAgain: async () => ok({ taken: 0, troubles: [] }),
    accept: async (asked) => {
      accepted.push(asked);
      if (use.refusal !== null) return err(use.refusal);
      const part = asked.type === 'authorize_payment' ? null : partIn(WHOLE, asked.command.stated);
      return part === null ? ok(use.taken) : err(part);
    },
  },
  totalsOf: async (userId) =>
    ok(
      userId === 'nobody'
        ? []
        : [
            { currency: 'EUR', totalSpent: 1, totalEarned: 0, spentCount: 1, earnedCount: 0 },
            { currency: 'USD', totalSpent: 20.98, totalEarned: 5, spentCount: 2, earnedCount: 1 },
          ],
    ),
});
const key = { authorization: 'Bearer a-key-of-16-chars' };
const json = { ...key, 'content-type': 'application/json' };

describe('the routes of the later platform', () => {
  it('are not there unless they are switched on', async () => {
    const without = await openDoor();
    for (const path of ['/payment/o/status', '/payment/p/details', '/history/u']) {
      expect((await without.get(path)).status).toBe(404);
    }
    for (const path of ['/payment/p/release', '/payment/p/revert', '/stripe-webhook']) {
      expect((await without.post(path)).status).toBe(404);
    }
  });

  it('want an API key as those under /api do, and the webhook does not', async () => {
    for (const path of ['/payment/o/status', '/payment/p/details', '/history/u']) {
      expect((await door.get(path)).status).toBe(401);
    }
    expect((await door.post('/payment/p/revert')).status).toBe(401);
    expect((await door.post('/stripe-webhook', '{}')).status).toBe(200);
  });

  it('tell of a payment what those under /api tell', async () => {
    const { id } = await door.held('order_1');
    for (const path of ['/payment/order_1/status', `/payment/${id}/details`]) {
      const { status, body } = await door.get(path, key);
      expect(status).toBe(200);
      expect(body).toEqual((await door.get(`/api${path}`, key)).body);
    }
    expect((await door.get('/payment/nothing/status', key)).status).toBe(404);
  });

  it('take a release in, under the correlation id of the request', async () => {
    const headers = { ...json, 'x-correlation-id': 'saga-1' };
    const sent = { runner_id: 'runner-1', runner_connect_account_id: 'acct_1' };
    const { status, body } = await door.post('/payment/pay_1/release', sent, headers);
    expect(status).toBe(202);
    expect(body).toEqual({
      success: true,
      message: 'The release is being carried out.',
      correlation_id: 'saga-1',
    });
    expect(accepted.at(-1)).toEqual({
      type: 'release_payment',
      command: {
        payment: { paymentId: 'pay_1' },
        runnerId: 'runner-1',
        stripeAccount: 'acct_1',
        correlationId: 'saga-1',
      },
    });
  });

  it('take in the parts of a release and the name of a refund', async () => {
    const release = { runner_id: 'runner-1', amount: 500, tip: 0, platform_fee: 12 };
    expect((await door.post('/payment/pay_1/release', release, json)).status).toBe(202);
    expect(accepted.at(-1)).toMatchObject({
      command: { runnerId: 'runner-1', amountMinor: 500, tipMinor: 0, platformFeeMinor: 12 },
    });
    const revert = { amount: 500, refund_id: 'part-1' };
    expect((await door.post('/payment/pay_1/revert', revert, json)).status).toBe(202);
    expect(accepted.at(-1)).toMatchObject({ command: { amountMinor: 500, refundId: 'part-1' } });
  });

  it('name a refund in part by the correlation id that the caller has chosen, and by no other', async () => {
    const headers = { ...json, 'x-correlation-id': 'saga-2' };
    const refundIds: (string | undefined)[] = [];
    for (const one of [headers, headers, json]) {
      await door.post('/payment/pay_1/revert', { amount: 500 }, one);
      const last = accepted.at(-1) as { readonly command: { readonly refundId?: string } };
      refundIds.push(last.command.refundId);
    }
    expect(refundIds).toEqual([expect.any(String), refundIds[0], undefined]);
  });

  it.each([
    ['release', { runner_id: 'runner-1', tipAmount: 100 }, 'tipAmount'],
    ['revert', { partial: true }, 'partial'],
  ])('refuse a %s that names money which is not honoured: %j', async (command, sent, field) => {
    const before = accepted.length;
    const { status, body } = await door.post(`/payment/pay_1/${command}`, sent, json);
    expect([status, body.issues[0].field]).toEqual([400, field]);
    expect(accepted.length).toBe(before);
  });

  it.each(['release', 'revert'])('tell of another whole that a %s names', async (command) => {
    const total = 500;
    const { status, body } = await door.post(
      `/payment/pay_1/${command}`,
      { runner_id: 'runner-1', total },
      json,
    );
    expect([status, body.error, body.issues[0].field]).toEqual([400, 'invalid_request', 'total']);
    expect(accepted.at(-1)).toMatchObject({ command: { stated: [{ amountMinor: total }] } });
  });

  it.each([
    ['without a body and without a content type', undefined, key],
    ['without a body', undefined, json],
    ['with a reason', { reason: 'rain' }, json],
  ])('take a revert in %s', async (_, sent, headers) => {
    const { status, body } = await door.post('/payment/pay_1/revert', sent, headers);
    expect([status, body.success]).toEqual([202, true]);
    expect(accepted.at(-1)).toMatchObject({
      type: 'revert_payment',
      command: {
        payment: { paymentId: 'pay_1' },
        reason: sent?.reason ?? null,
        correlationId: body.correlation_id,
      },
    });
  });

  it.each([
    ['release', {}, 'runner_id'],
    ['release', { runner_id: 7 }, 'runner_id'],
    ['revert', { reason: ['rain'] }, 'reason'],
    [
      'release',
      { runner_id: 'runner-1', runner_connect_account_id: 'tok_1' },
      'runner_connect_account_id',
    ],
    ['release', { runner_id: 'runner-1', amount: '500' }, 'amount'],
    ['revert', { amount: 0 }, 'amount'],
    ['revert', { amount: 5, refund_id: '' }, 'refund_id'],
    ['revert', [], 'body'],
    ['release', null, 'body'],
  ])('refuse an invalid %s of %j, naming the field', async (command, sent, field) => {
    const before = accepted.length;
    const path = `/payment/pay_1/${command}`;
    const { status, body } = await door.post(path, JSON.stringify(sent), json);
    expect(status).toBe(400);
    expect(body.issues).toMatchObject([{ field }]);
    expect(errorView.strict().parse(body)).toEqual(body);
    expect(accepted).toHaveLength(before);
  });

  it.each<[number, string, Refusal]>([
    [404, 'payment_not_found', { type: 'PaymentNotFound' }],
    [409, 'payment_state_conflict', { type: 'WrongStatus', status: 'REVERTED' }],
    [409, 'contradicting_repeat', { type: 'Contradiction', status: 'RELEASED', field: 'runnerId' }],
  ])('answer %i %s at once for what can not be done', async (expected, error, refusal) => {
    use.refusal = refusal;
    const { status, body } = await door.post('/payment/pay_1/revert', undefined, key);
    use.refusal = null;
    expect([status, body.error]).toEqual([expected, error]);
    expect(errorView.strict().parse(body)).toEqual(body);
  });

  it('refuse a correlation id that came with another command', async () => {
    use.taken = 'used_otherwise';
    const { status, body } = await door.post('/payment/pay_1/revert', undefined, key);
    use.taken = 'waiting';
    expect([status, body.error]).toEqual([422, 'idempotency_key_reused']);
  });

  it('add up what a user has spent and earned in the currency of the service', async () => {
    const { body } = await door.get('/history/user_1', key);
    expect(body).toMatchObject({
      userId: 'user_1',
      totalSpent: 20.98,
      totalEarned: 5,
      spentCount: 2,
      earnedCount: 1,
      currency: 'USD',
    });
    expect(body.byCurrency).toHaveLength(2);
    expect((await door.get('/history/nobody', key)).body).toEqual({
      userId: 'nobody',
      totalSpent: 0,
      totalEarned: 0,
      spentCount: 0,
      earnedCount: 0,
      currency: 'USD',
      byCurrency: [],
    });
  });
});

describe('readiness', () => {
  it.each([
    ['running', 200],
    ['away', 200],
    [null, 200],
    ['dead', 503, 'ended'],
    ['stuck', 503, 'no_progress'],
  ] as const)('with a command consumer that is %s is %i', async (state, status, reason?) => {
    const other = await openDoor({ commandConsumer: () => state });
    const ready = await other.get('/health/ready');
    expect(ready.status).toBe(status);
    expect((await other.get('/health')).status).toBe(status);
    expect((await other.get('/health/live')).body).toEqual({ status: 'healthy' });
    expect(ready.body).toEqual(
      status === 200
        ? { status: 'healthy' }
        : { status: 'unhealthy', failing: 'kafka_consumer', reason },
    );
  });
});
