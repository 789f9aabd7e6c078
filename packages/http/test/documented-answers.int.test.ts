import { CARDS } from '@campusg-pay/core/testing';
import { describe, expect, it } from 'vitest';
import { authorizeBody, openDoor } from './door.js';

const door = await openDoor();
const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+\+00:00$/;

describe('the documented answers', () => {
  it('an authorize answers as the guide says', async () => {
    const body = authorizeBody(door);
    const { status, body: answer } = await door.post('/api/payment/order_1/authorize', body);
    const { payment, paymentId, paymentIntentId, ...rest } = answer;
    expect(status).toBe(200);
    expect(rest).toEqual({
      success: true,
      description: 'Payment authorized successfully and held in escrow',
      status: 'AUTHORIZED',
    });
    expect(paymentIntentId).toBe(door.system.gateway.intentsOf('order_1')[0]?.paymentIntentId);
    expect(payment).toMatchObject({ paymentId, paymentIntentId, status: 'AUTHORIZED' });
  });

  it('a release answers as the guide says', async () => {
    await door.held('order_2');
    const body = { runnerId: 'user_abc123' };
    const { status, body: answer } = await door.post('/api/payment/order_2/release', body);
    const { payment, ...rest } = answer;
    expect(status).toBe(200);
    expect(rest).toEqual({
      success: true,
      description: 'Funds released to runner successfully',
      status: 'RELEASED',
      runnerId: 'user_abc123',
    });
    expect(payment).toMatchObject({ status: 'RELEASED', runnerId: 'user_abc123' });
  });

  it('a revert answers FAILED as the guide says, and the payment is REVERTED', async () => {
    await door.held('order_3');
    const body = { reason: 'order_canceled' };
    const { status, body: answer } = await door.post('/api/payment/order_3/revert', body);
    const { payment, ...rest } = answer;
    expect(status).toBe(200);
    expect(rest).toEqual({
      success: true,
      description: 'Payment reverted successfully',
      status: 'FAILED',
    });
    expect(payment).toMatchObject({
      status: 'REVERTED',
      revertMethod: 'voided',
      reason: 'order_canceled',
    });
  });

  it('a status shows every documented field, with the amount in major units', async () => {
    await door.post('/api/payment/order_4/authorize', authorizeBody(door));
    await door.post('/api/payment/order_4/release', { runnerId: 'user_456' });
    const { status, body } = await door.get('/api/payment/order_4/status');
    expect(status).toBe(200);
    expect(Object.keys(body)).toEqual(['success', 'payment']);
    expect(body).toMatchObject({
      success: true,
      payment: {
        paymentId: expect.any(String),
        orderId: 'order_4',
        customerId: 'user_2uFnauOsxFRGIoy3O5CJA6v5sM6',
        runnerId: 'user_456',
        amount: 20.98,
        status: 'RELEASED',
        description: 'Order 1 - CampusG Escrow',
        paymentIntentId: expect.stringMatching(/^pi_/),
        createdAt: expect.stringMatching(TIME),
        updatedAt: expect.stringMatching(TIME),
      },
    });
  });

  it('details show the same payment as the status does', async () => {
    const { id } = await door.held('order_5');
    const status = await door.get('/api/payment/order_5/status');
    const details = await door.get(`/api/payment/${id}/details`);
    expect(details.status).toBe(200);
    expect(details.text).toBe(status.text);
  });

  it('what was captured outside of us for no runner waits for a person before it is released', async () => {
    const { paymentIntentId } = await door.held('order_7');
    door.system.gateway.dashboard.capture(String(paymentIntentId));
    await door.system.deliver();
    const release = await door.post('/api/payment/order_7/release', { runnerId: 'user_1' });
    expect([release.status, release.body.error]).toEqual([409, 'needs_review']);
    expect(release.body.currentStatus).toBe('RELEASED');
    expect(release.body.field).toBeUndefined();
  });

  it('a refund that failed at the bank shows for whom it waits, and is not reverted again', async () => {
    const { id, paymentIntentId } = await door.held('order_6');
    const revert = () => door.post('/api/payment/order_6/revert');
    await door.post('/api/payment/order_6/release', { runnerId: 'user_1' });
    expect((await revert()).body.payment.review).toBeNull();
    door.system.gateway.dashboard.failRefund(String(paymentIntentId));
    await door.system.deliver();
    const { body } = await door.get(`/api/payment/${id}/details`);
    expect(body.payment.review).toMatch(/refund/);
    const again = await revert();
    expect([again.status, again.body.error]).toEqual([409, 'needs_review']);
    expect(again.body.currentStatus).toBe('REVERTED');
  });

  it('health is one word', async () => {
    const { status, text } = await door.get('/health');
    expect([status, text]).toEqual([200, '{"status":"healthy"}']);
  });
});

describe('beyond the guide', () => {
  it.each([
    ['JPY', 500, 500],
    ['KWD', 1230, 1.23],
    ['eur', 1999, 19.99],
  ])('%s %i is shown as %d', async (currency, amount, shown) => {
    const path = `/api/payment/in-${currency}/authorize`;
    const body = authorizeBody(door, { order: { amount, currency } });
    const { body: answer } = await door.post(path, body);
    expect(answer.payment).toMatchObject({
      amount: shown,
      amountMinor: amount,
      currency: currency.toUpperCase(),
    });
  });

  it('a card that must be authenticated answers with what the customer must do', async () => {
    const card = { payment_method_id: CARDS.needsAuthentication };
    const body = authorizeBody(door, { customer: { userStripeCard: card } });
    const { status, body: answer } = await door.post('/api/payment/order_3ds/authorize', body);
    const [intent] = door.system.gateway.intentsOf('order_3ds');
    expect(status).toBe(200);
    expect(answer).toMatchObject({
      success: true,
      status: 'INITIATING',
      requiresAction: true,
      clientSecret: intent?.clientSecret,
      nextAction: { redirectUrl: expect.stringMatching(/^https?:/) },
      paymentIntentId: intent?.paymentIntentId,
      payment: { status: 'INITIATING', requiresAction: true },
    });
  });

  it('the status of a payment that waits for the customer says what they must do', async () => {
    const card = { payment_method_id: CARDS.needsAuthentication };
    const body = authorizeBody(door, { customer: { userStripeCard: card } });
    const { body: asked } = await door.post('/api/payment/order_waits/authorize', body);
    const { requiresAction, clientSecret, nextAction } = asked;
    const told = await door.get('/api/payment/order_waits/status');
    expect(told.body).toMatchObject({ requiresAction, clientSecret, nextAction });
    expect(told.body.payment).toMatchObject({ status: 'INITIATING', requiresAction: true });
    const details = await door.get(`/api/payment/${asked.paymentId}/details`);
    expect(details.text).not.toContain(clientSecret);
    door.system.gateway.befall('retrieve', { type: 'unreachable' });
    const away = await door.get('/api/payment/order_waits/status');
    expect([away.status, Object.keys(away.body)]).toEqual([200, ['success', 'payment']]);
    door.system.gateway.customer.approve(asked.paymentIntentId);
    const held = await door.get('/api/payment/order_waits/status');
    expect(held.body.payment).toMatchObject({ status: 'AUTHORIZED', requiresAction: false });
    expect(Object.keys(held.body)).toEqual(['success', 'payment']);
    expect(JSON.stringify(door.lines)).not.toContain(clientSecret);
  });

  it('the status of a payment that waits for the customer is asked of Stripe', async () => {
    const card = { payment_method_id: CARDS.needsAuthentication };
    const body = authorizeBody(door, { customer: { userStripeCard: card } });
    const { body: answer } = await door.post('/api/payment/order_polled/authorize', body);
    door.system.gateway.customer.approve(answer.paymentIntentId);
    const { body: polled } = await door.get('/api/payment/order_polled/status');
    expect(polled.payment.status).toBe('AUTHORIZED');
  });

  it('a repeated authorize answers with the payment as it is, and holds nothing more', async () => {
    const path = '/api/payment/order_again/authorize';
    const body = authorizeBody(door);
    const first = await door.post(path, body);
    const second = await door.post(path, body);
    expect(second.text).toBe(first.text);
    await door.post('/api/payment/order_again/release', { runnerId: 'user_1' });
    const third = await door.post(path, body);
    expect(third.body).toMatchObject({ paymentId: first.body.paymentId, status: 'RELEASED' });
    expect(third.body.description).not.toMatch(/in escrow/);
    expect(door.system.gateway.intentsOf('order_again')).toHaveLength(1);
  });

  it('a command whose end is not known yet answers 202, and when to ask again', async () => {
    await door.held('order_slow');
    door.system.gateway.befall('capture', { type: 'answer_lost' });
    const { status, headers, body } = await door.post('/api/payment/order_slow/release', {
      runnerId: 'user_1',
    });
    expect(status).toBe(202);
    expect(headers.get('retry-after')).toBe('2');
    expect(body).toMatchObject({
      success: true,
      processing: true,
      description: expect.any(String),
      status: 'AUTHORIZED',
      payment: { processing: true, runnerId: 'user_1' },
    });
  });

  it('the wished payment id, the description and the correlation id reach the record', async () => {
    const body = { ...authorizeBody(door), custpaymentId: 'mine/1' };
    const headers = { 'x-correlation-id': 'saga-7', 'x-request-id': 'request-7' };
    await door.post('/api/payment/order_mine/authorize', body, headers);
    const found = await door.system.escrow.find({ paymentId: 'mine/1' });
    expect(found._unsafeUnwrap()).toMatchObject({
      orderId: 'order_mine',
      description: 'Order 1 - CampusG Escrow',
      correlationId: 'saga-7',
    });
    expect((await door.get('/api/payment/mine%2F1/details')).status).toBe(200);
  });

  it('unknown fields are ignored, and null stands for an absent optional field', async () => {
    const { customer, order } = authorizeBody(door);
    const body = {
      customer: { ...customer, savePaymentMethod: null, email: 'x', cards: [{ deep: {} }] },
      order: { ...order, description: null, currency: null, lines: [1, 2] },
      custpaymentId: null,
      return_url: null,
      extra: { __proto__: null },
    };
    const { status, body: answer } = await door.post('/api/payment/order_nulls/authorize', body);
    expect(status).toBe(200);
    expect(answer.payment.description).toBe('Order order_nulls - CampusG Escrow');
  });
});
