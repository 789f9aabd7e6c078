import { CARDS } from '@campusg-pay/core/testing';
import { describe, expect, it } from 'vitest';
import { authorizeBody, openDoor } from './door.js';

const WEB = { name: 'web', key: 'web-key-0123456789' };
const OPS = { name: 'ops', key: 'ops-key-0123456789' };

describe('two callers with the same Idempotency-Key', async () => {
  const door = await openDoor({ config: { apiKeys: [WEB, OPS] } });
  const authorize = (caller: typeof WEB, orderId: string, changes = {}) =>
    door.post(`/api/payment/${orderId}/authorize`, authorizeBody(door, changes), {
      authorization: `Bearer ${caller.key}`,
      'idempotency-key': 'the same',
    });

  it('have a payment each', async () => {
    const first = await authorize(WEB, 'order-1');
    const second = await authorize(OPS, 'order-2');
    expect([first.status, second.status]).toEqual([200, 200]);
    expect(second.headers.get('idempotent-replayed')).toBeNull();
    expect(second.body.paymentId).not.toBe(first.body.paymentId);
    for (const order of ['order-1', 'order-2'])
      expect(door.system.gateway.intentsOf(order)).toHaveLength(1);
  });

  it('get their own answers again', async () => {
    const again = [await authorize(WEB, 'order-1'), await authorize(OPS, 'order-2')];
    expect(again.map(({ body }) => body.payment.orderId)).toEqual(['order-1', 'order-2']);
    expect(again.map(({ headers }) => headers.get('idempotent-replayed'))).toEqual([
      'true',
      'true',
    ]);
  });
});

describe("a customer's secret", async () => {
  const door = await openDoor();

  it('is in the answer, and is not kept with it', async () => {
    const customer = { userStripeCard: { payment_method_id: CARDS.needsAuthentication } };
    const ask = () =>
      door.post('/api/payment/3ds/authorize', authorizeBody(door, { customer }), {
        'idempotency-key': 'secret',
      });
    const first = await ask();
    expect(first.body.clientSecret).toEqual(expect.any(String));
    const again = await ask();
    expect(again.headers.get('idempotent-replayed')).toBeNull();
    expect(again.body.clientSecret).toBe(first.body.clientSecret);
  });
});
