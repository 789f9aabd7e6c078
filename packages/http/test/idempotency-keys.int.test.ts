import { CARDS, memorySystem } from '@campusg-pay/core/testing';
import { err } from 'neverthrow';
import { describe, expect, it, vi } from 'vitest';
import { authorizeBody, openDoor } from './door.js';

describe('a request with an Idempotency-Key', async () => {
  const door = await openDoor();
  const { gateway } = door.system;
  const declined = { customer: { userStripeCard: { payment_method_id: CARDS.declined } } };
  const authorize = (orderId: string, key: string, changes = {}) =>
    door.post(`/api/payment/${orderId}/authorize`, authorizeBody(door, changes), {
      'idempotency-key': key,
    });

  it('gets the first answer again, and asks for nothing', async () => {
    const first = await authorize('order-1', 'key-1');
    const asked = door.asked.length;
    const second = await authorize('order-1', 'key-1');
    expect(first.status).toBe(200);
    expect(first.headers.get('idempotent-replayed')).toBeNull();
    expect(second.headers.get('idempotent-replayed')).toBe('true');
    expect(second.body).toEqual(first.body);
    expect(door.asked).toHaveLength(asked);
  });

  it('is refused when the key came with another body, or for another order', async () => {
    await authorize('order-2', 'key-2');
    const otherBody = await authorize('order-2', 'key-2', { order: { amount: 2099 } });
    const otherOrder = await authorize('order-3', 'key-2');
    for (const refused of [otherBody, otherOrder]) {
      expect(refused.status).toBe(422);
      expect(refused.body.error).toBe('idempotency_key_reused');
    }
  });

  it.each([
    ['the order of its fields', '{"order":{"description":"d","amount":2098},"customer":CUSTOMER}'],
    ['white space', ' {"customer": CUSTOMER,\n\t"order": {"amount": 2098, "description": "d"}}\n'],
    [
      'how a number is written',
      '{"customer":CUSTOMER,"order":{"amount":2.098e3,"description":"d"}}',
    ],
    [
      'how a letter is written',
      '{"customer":CUSTOMER,"order":{"amount":2098,"description":"\\u0064"}}',
    ],
    [
      'a field that nobody reads',
      '{"customer":CUSTOMER,"order":{"amount":2098,"description":"d"},"x":1}',
    ],
    [
      'null for what is left out',
      '{"customer":CUSTOMER,"order":{"amount":2098,"description":"d"},"return_url":null}',
    ],
    [
      'the currency that it has anyway',
      '{"customer":CUSTOMER,"order":{"amount":2098,"currency":"usd","description":"d"}}',
    ],
  ])('is the same whatever %s', async (what, template) => {
    const customer = JSON.stringify(authorizeBody(door).customer);
    const plain = '{"customer":CUSTOMER,"order":{"amount":2098,"description":"d"}}';
    const path = `/api/payment/same-${what.length}/authorize`;
    const headers = { 'content-type': 'application/json', 'idempotency-key': `same: ${what}` };
    const first = await door.post(path, plain.replace('CUSTOMER', customer), headers);
    const second = await door.post(path, template.replace('CUSTOMER', customer), headers);
    expect([first.status, second.status]).toEqual([200, 200]);
    expect(second.headers.get('idempotent-replayed')).toBe('true');
    expect(second.text).toBe(first.text);
  });

  it.each([
    ['another amount', { order: { amount: 2099 } }],
    ['another customer', { customer: { clerkUserId: 'another' } }],
    ['another description', { order: { description: 'e' } }],
    ['another currency', { order: { currency: 'EUR' } }],
    ['another card', { customer: { userStripeCard: { payment_method_id: CARDS.declined } } }],
    ['a card that is kept', { customer: { savePaymentMethod: true } }],
  ])('is another with %s', async (what, changes) => {
    expect((await authorize('order-d', `differs: ${what}`)).status).toBe(200);
    const other = await authorize('order-d', `differs: ${what}`, changes);
    expect([other.status, other.body.error]).toEqual([422, 'idempotency_key_reused']);
  });

  it('is another by another command, or another order however its id is written', async () => {
    await door.held('order-e');
    const headers = { 'idempotency-key': 'one order' };
    const release = (path: string) => door.post(path, { runnerId: 'r' }, headers);
    const first = await release('/api/payment/order-e/release');
    const same = await release('/api/payment/order%2De/release/');
    expect([same.status, same.text]).toEqual([200, first.text]);
    expect((await release('/api/payment/order-f/release')).status).toBe(422);
    expect((await release('/api/payment/order-e/revert')).status).toBe(422);
  });

  it('gets a decline again byte for byte, with the id of the first request', async () => {
    const first = await authorize('order-g', 'key-g', declined);
    const second = await authorize('order-g', 'key-g', declined);
    expect(second.text).toBe(first.text);
    expect(second.headers.get('content-type')).toBe(first.headers.get('content-type'));
  });

  it('sent many times at once gets one answer, byte for byte', async () => {
    const many = Array.from({ length: 8 }, () => authorize('order-h', 'key-h', declined));
    const texts = (await Promise.all(many)).map(({ text }) => text);
    expect(new Set(texts).size).toBe(1);
  });

  it('is told which rule a bad key breaks', async () => {
    const refused = await authorize('order-4', 'x'.repeat(256));
    expect(refused.status).toBe(400);
    expect(refused.body.issues).toEqual([
      { field: 'Idempotency-Key', rule: 'must be 1 to 255 printable ASCII characters, sent once' },
    ]);
  });

  it('gets the first decline again, and the card is not tried again', async () => {
    const first = await authorize('order-5', 'key-5', declined);
    const second = await authorize('order-5', 'key-5', declined);
    expect(first.status).toBe(402);
    expect(second.status).toBe(402);
    expect(second.body).toEqual(first.body);
    expect(second.headers.get('idempotent-replayed')).toBe('true');
    expect(gateway.intentsOf('order-5')).toHaveLength(1);
  });

  it('that was invalid may be mended under the same key', async () => {
    const wrong = await authorize('order-6', 'key-6', { order: { amount: 1.5 } });
    expect(wrong.status).toBe(400);
    const mended = await authorize('order-6', 'key-6');
    expect(mended.status).toBe(200);
    expect(mended.headers.get('idempotent-replayed')).toBeNull();
  });

  it('that came before the hold is carried out after it, under the same key', async () => {
    const release = () =>
      door.post('/api/payment/order-7/release', { runnerId: 'r' }, { 'idempotency-key': 'key-7' });
    expect((await release()).status).toBe(404);
    await door.held('order-7');
    expect((await release()).body).toMatchObject({ status: 'RELEASED', runnerId: 'r' });
  });

  it('that could not be carried out is carried out later, under the same key', async () => {
    gateway.befall('authorize', { type: 'unreachable' });
    expect((await authorize('order-8', 'key-8')).status).toBe(503);
    expect((await authorize('order-8', 'key-8')).status).toBe(200);
    expect(gateway.intentsOf('order-8')).toHaveLength(1);
  });

  it('whose answer can not be kept is answered all the same, and the log says why it was not', async () => {
    const gone = { type: 'DatabaseUnavailable', reason: 'connection' } as const;
    const keep = vi.spyOn(door.runtime.idempotencyKeys, 'keep').mockResolvedValueOnce(err(gone));
    const first = await authorize('order-12', 'key-12');
    expect(first.status).toBe(200);
    expect(keep).toHaveBeenCalledOnce();
    keep.mockRestore();
    const lineOf = (answer: typeof first) =>
      door.lines.find(({ requestId }) => requestId === answer.headers.get('x-request-id'));
    await expect.poll(() => lineOf(first)).toMatchObject({ answerNotKept: 'connection' });
    const again = await authorize('order-12', 'key-12');
    expect(again.status).toBe(200);
    expect(again.headers.get('idempotent-replayed')).toBeNull();
    expect(again.body.paymentId).toBe(first.body.paymentId);
    await expect.poll(() => lineOf(again)).not.toHaveProperty('answerNotKept');
    expect(gateway.intentsOf('order-12')).toHaveLength(1);
  });

  it('is compared as it was sent: a body nested deeply is no trouble', async () => {
    const deep = `{"reason":null,"more":${'['.repeat(49_000)}${']'.repeat(49_000)}}`;
    const headers = { 'content-type': 'application/json', 'idempotency-key': 'key-9' };
    const answer = await door.post('/api/payment/nobody/revert', deep, headers);
    expect([answer.status, answer.body.error]).toEqual([404, 'payment_not_found']);
  });

  it('sent twice at the same time makes one payment, and both get its answer', async () => {
    const both = await Promise.all([
      authorize('order-10', 'key-10'),
      authorize('order-10', 'key-10'),
    ]);
    expect(both.map(({ status }) => status)).toEqual([200, 200]);
    expect(both[0]?.body.paymentId).toBe(both[1]?.body.paymentId);
    expect(gateway.intentsOf('order-10')).toHaveLength(1);
  });

  it('sent many times at the same time tries a declined card once', async () => {
    const many = Array.from({ length: 8 }, () => authorize('order-11', 'key-11', declined));
    const answers = await Promise.all(many);
    expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 402));
    expect(gateway.intentsOf('order-11')).toHaveLength(1);
  });
});

describe('an authorize that is delivered again, late, under its key', async () => {
  const door = await openDoor({
    system: memorySystem({ settings: { leaseMs: 30_000, waitMs: 0 } }),
  });
  const { gateway } = door.system;
  const authorize = (orderId: string, card: string = CARDS.good) => {
    const customer = { userStripeCard: { payment_method_id: card } };
    const headers = { 'idempotency-key': `key of ${orderId}` };
    return door.post(
      `/api/payment/${orderId}/authorize`,
      authorizeBody(door, { customer }),
      headers,
    );
  };
  const revert = (orderId: string) => door.post(`/api/payment/${orderId}/revert`);

  it('makes no new hold when the first one was answered 202 and reverted since', async () => {
    gateway.befall('authorize', { type: 'answer_lost' });
    const first = await authorize('lost');
    expect(first.status).toBe(202);
    await door.system.clock.sleep(31_000);
    expect((await door.get('/api/payment/lost/status')).body.payment.status).toBe('AUTHORIZED');
    expect((await revert('lost')).status).toBe(200);
    const again = await authorize('lost');
    expect([again.status, again.body.error]).toEqual([409, 'overtaken']);
    expect(again.body.currentStatus).toBe('REVERTED');
    expect(gateway.intentsOf('lost')).toHaveLength(1);
  });

  it('makes no new hold when the customer was asked and it was reverted since', async () => {
    const first = await authorize('3ds', CARDS.needsAuthentication);
    expect(first.body).toMatchObject({ requiresAction: true });
    expect((await revert('3ds')).status).toBe(200);
    const again = await authorize('3ds', CARDS.needsAuthentication);
    expect([again.status, again.body.error]).toEqual([409, 'overtaken']);
    expect(gateway.intentsOf('3ds')).toHaveLength(1);
  });

  it('tells what the payment has become, and a fresh key makes a new one', async () => {
    const first = await authorize('fresh', CARDS.needsAuthentication);
    await revert('fresh');
    const headers = { 'idempotency-key': 'another key' };
    const path = '/api/payment/fresh/authorize';
    const second = await door.post(path, authorizeBody(door), headers);
    expect(second.body).toMatchObject({ status: 'AUTHORIZED', payment: { attempt: 2 } });
    expect(second.body.paymentId).not.toBe(first.body.paymentId);
  });

  it('names the payment by a UUID that depends on the key alone', async () => {
    const { body } = await authorize('named');
    expect(body.paymentId).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-/);
    expect(body.paymentId).toHaveLength(36);
  });

  it('joins the live payment of its order, whatever key that was made under', async () => {
    await authorize('joined');
    const headers = { 'idempotency-key': 'yet another key' };
    const path = '/api/payment/joined/authorize';
    const second = await door.post(path, authorizeBody(door), headers);
    expect(second.body).toMatchObject({ status: 'AUTHORIZED', payment: { attempt: 1 } });
    expect(gateway.intentsOf('joined')).toHaveLength(1);
  });
});
