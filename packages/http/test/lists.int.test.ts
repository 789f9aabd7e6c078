import type { Payment } from '@campusg-pay/core';
import { err } from 'neverthrow';
import { describe, expect, it } from 'vitest';
import { cardsView, paymentsView } from '../src/list-views.js';
import { openDoor } from './door.js';

const door = await openDoor();
const orders = ['order-1', 'order-2', 'order-3', 'order-4', 'order-5'];
const held: Payment[] = [];
for (const order of orders) {
  held.push(await door.held(order));
  await door.system.clock.sleep(60_000);
}
const first = held[0];
if (first === undefined) throw new Error('nothing is held');
await door.post('/api/payment/order-1/release', { runnerId: 'runner-1' });
const { customerId } = first;

/** The orders of a list, page after page. */
async function ordersOf(path: string, limit: number): Promise<string[]> {
  const seen: string[] = [];
  for (let cursor = ''; ; ) {
    const sign = path.includes('?') ? '&' : '?';
    const { status, body } = await door.get(`${path}${sign}limit=${limit}${cursor}`);
    expect(status).toBe(200);
    const { payments, nextCursor } = paymentsView.strict().parse(body);
    expect(payments.length).toBeLessThanOrEqual(limit);
    seen.push(...payments.map(({ orderId }) => orderId));
    if (nextCursor === null) return seen;
    cursor = `&cursor=${encodeURIComponent(nextCursor)}`;
  }
}

const newestFirst = orders.toReversed();
const at = (index: number) => held[index]?.createdAt.toISOString() ?? '';

describe('GET /api/payments', () => {
  it('tells the newest first, as the details tell each', async () => {
    const { body } = await door.get('/api/payments');
    expect(body.payments.map(({ orderId }: { orderId: string }) => orderId)).toEqual(newestFirst);
    const details = await door.get(`/api/payment/${held[4]?.id}/details`);
    expect(body.payments[0]).toEqual(details.body.payment);
    expect(body.nextCursor).toBeNull();
  });

  it.each([1, 2, 3, 5, 100])('goes on behind each page of %i', async (limit) => {
    expect(await ordersOf('/api/payments', limit)).toEqual(newestFirst);
    expect(await ordersOf(`/api/payments?status=AUTHORIZED&from=${at(2)}`, limit)).toEqual(
      newestFirst.slice(0, 3),
    );
  });

  it.each([
    ['status=RELEASED', ['order-1']],
    ['status=FAILED', []],
    [`customer=${customerId}`, newestFirst],
    ['customer=nobody', []],
    ['runner=runner-1', ['order-1']],
    ['order=order-3', ['order-3']],
    [`from=${at(3)}`, ['order-5', 'order-4']],
    [`to=${at(1)}`, ['order-1']],
    [`from=${at(1)}&to=${at(3)}&status=AUTHORIZED`, ['order-3', 'order-2']],
    ['from=0000-01-01T00:00:00Z', newestFirst],
    ['to=9999-12-31T23:59:59.999%2B14:00', newestFirst],
    ['order=order%2D3&', ['order-3']],
  ])('%s', async (query, wanted) => {
    expect(await ordersOf(`/api/payments?${query}`, 20)).toEqual(wanted);
  });

  it.each([
    ['status', 'status=PAID'],
    ['status', 'status=released'],
    ['status', 'status='],
    ['status', 'status=RELEASED&status=FAILED'],
    ['status[]', 'status[]=RELEASED'],
    ['customer', 'customer='],
    ['runner', 'runner=%00'],
    ['order', `order=${'x'.repeat(201)}`],
    ['order', 'order=%FF'],
    ['from', 'from=2026-11-26'],
    ['from', 'from=2026-11-26T13:00:00'],
    ['from', 'from=2026-02-30T13:00:00Z'],
    ['from', 'from=2026-11-26T13:00:00+01:00'],
    ['to', 'to=yesterday'],
    ['to', 'from=2026-11-26T13:00:00Z&to=2026-11-26T13:00:00Z'],
    ['to', 'from=2026-11-26T13:00:00Z&to=2026-11-26T14:00:00%2B01:00'],
    ['limit', 'limit=0'],
    ['limit', 'limit=101'],
    ['limit', 'limit=-1'],
    ['limit', 'limit=1e1'],
    ['limit', 'limit=%202'],
    ['limit', 'limit='],
    ['limit', 'limit=1&limit=1'],
    ['cursor', 'cursor='],
    ['cursor', 'cursor=nonsense'],
    ['page', 'page=2'],
    ['amount', 'amount=2098'],
    ['__proto__', '__proto__=1'],
    ['%E4', '%E4=1'],
    ['?-?', '%C3%A4-%0A=1'],
  ])('names %s of %s', async (field, query) => {
    const { status, body } = await door.get(`/api/payments?${query}`);
    expect(status).toBe(400);
    expect(body.error).toBe('invalid_request');
    expect(body.issues.map((issue: { field: string }) => issue.field)).toEqual([field]);
  });

  it('names everything that is wrong at once', async () => {
    const { body } = await door.get(
      '/api/payments?status=x&from=x&to=x&limit=x&customer=&cursor=x',
    );
    expect(body.issues.map(({ field }: { field: string }) => field).toSorted()).toEqual(
      ['cursor', 'customer', 'from', 'limit', 'status', 'to'].toSorted(),
    );
  });

  it('takes a cursor for the list that it is of, and for no other', async () => {
    const cursorOf = async (path: string) => (await door.get(path)).body.nextCursor;
    const list = '/api/payments?status=AUTHORIZED&limit=1';
    const cursor = await cursorOf(list);
    expect((await door.get(`${list}&cursor=${cursor}`)).status).toBe(200);
    // How many are told at once does not matter, and neither does how the same time is written.
    expect(
      (await door.get(`/api/payments?limit=3&status=AUTHORIZED&cursor=${cursor}`)).status,
    ).toBe(200);
    const timed = await cursorOf('/api/payments?limit=1&to=2100-01-01T00:00:00Z');
    const same = `/api/payments?to=2100-01-01T01:00:00%2B01:00&cursor=${timed}`;
    expect((await door.get(same)).status).toBe(200);
    const foreign = [
      `/api/payments?cursor=${cursor}`,
      `/api/payments?status=RELEASED&cursor=${cursor}`,
      `/api/payments?status=AUTHORIZED&order=order-1&cursor=${cursor}`,
      `/api/users/${customerId}/payments?cursor=${cursor}`,
      `/api/payments?status=AUTHORIZED&cursor=${cursor}x`,
      `/api/payments?status=AUTHORIZED&cursor=${cursor.slice(0, -1)}`,
      `/api/payments?status=AUTHORIZED&cursor=%20${cursor}`,
    ];
    for (const path of foreign) {
      const { status, body } = await door.get(path);
      expect([status, body.issues?.[0]?.field], path).toEqual([400, 'cursor']);
    }
  });

  it('is a question: HEAD is answered, and what is none is told', async () => {
    const { url } = door;
    expect((await fetch(`${url}/api/payments`, { method: 'HEAD' })).status).toBe(200);
    const { status, headers } = await door.post('/api/payments', {});
    expect([status, headers.get('allow')]).toEqual([405, 'GET, HEAD']);
  });

  it('asks Stripe nothing', async () => {
    const before = door.system.gateway.calls.length;
    await door.get('/api/payments');
    await door.get(`/api/users/${customerId}/payments`);
    expect(door.system.gateway.calls.length).toBe(before);
  });
});

describe('GET /api/users/{id}/payments', () => {
  it.each([
    [customerId, '', newestFirst],
    [customerId, '?role=customer', newestFirst],
    [customerId, '?role=runner', []],
    ['runner-1', '', ['order-1']],
    ['runner-1', '?role=runner', ['order-1']],
    ['runner-1', '?role=customer', []],
    ['nobody', '', []],
  ])('of %s%s', async (user, query, wanted) => {
    for (const limit of [1, 2, 20])
      expect(await ordersOf(`/api/users/${user}/payments${query}`, limit)).toEqual(wanted);
  });

  it.each([
    ['role', `${customerId}/payments?role=payer`],
    ['role', `${customerId}/payments?role=customer&role=runner`],
    ['status', `${customerId}/payments?status=RELEASED`],
    ['limit', `${customerId}/payments?limit=1000`],
    ['user_id', '%20/payments'],
    ['user_id', `${'x'.repeat(201)}/payments`],
  ])('names %s', async (field, path) => {
    const { status, body } = await door.get(`/api/users/${path}`);
    expect(status).toBe(400);
    expect(body.issues.map((issue: { field: string }) => issue.field)).toEqual([field]);
  });

  it('takes no cursor of another user, or of another role', async () => {
    const list = `/api/users/${customerId}/payments`;
    const { nextCursor } = (await door.get(`${list}?limit=1`)).body;
    for (const path of [`${list}?role=customer`, '/api/users/runner-1/payments?limit=1']) {
      const { status, body } = await door.get(`${path}&cursor=${nextCursor}`.replace('s&c', 's?c'));
      expect([status, body.issues?.[0]?.field], path).toEqual([400, 'cursor']);
    }
  });
});

describe('GET /api/users/{id}/cards', () => {
  it('tells each card that the user has saved', async () => {
    const own = await openDoor();
    const { gateway, ports, clock } = own.system;
    const defaultCard = 'pm_card_visa';
    const stripeCustomerId = gateway.addCustomer({ defaultCard });
    await ports.customers.reserve({ customerId: 'u', key: 'k', now: clock.now() });
    await ports.customers.remember({ customerId: 'u', stripeCustomerId });
    const { status, body } = await own.get('/api/users/u/cards');
    expect(status).toBe(200);
    const card = { brand: 'visa', last4: '4242', expMonth: 12, expYear: 2030, isDefault: true };
    expect(cardsView.strict().parse(body).cards).toEqual([
      { paymentMethodId: defaultCard, ...card },
    ]);
    gateway.befall('cards', { type: 'unreachable' });
    const away = await own.get('/api/users/u/cards');
    expect([away.status, away.body.error]).toEqual([503, 'gateway_unavailable']);
    expect(away.body.retryable).toBe(true);
  });

  it('tells none of whom nobody knows', async () => {
    const { status, body } = await door.get('/api/users/nobody/cards');
    expect([status, body]).toEqual([200, { success: true, cards: [] }]);
  });

  it.each([
    ['user_id', '%20/cards'],
    ['limit', 'u/cards?limit=1'],
  ])('names %s', async (field, path) => {
    const { status, body } = await door.get(`/api/users/${path}`);
    expect([status, body.issues?.[0]?.field]).toEqual([400, field]);
  });
});

it('an outage is told as one', async () => {
  const fault = { type: 'DatabaseUnavailable', reason: 'connection' } as const;
  const gone = await openDoor({
    looking: {
      ...door.runtime.looking,
      list: async () => err(fault),
      ofUser: async () => err(fault),
    },
    escrow: { cards: async () => err(fault) },
  });
  for (const path of ['payments', 'users/u/payments', 'users/u/cards']) {
    const { status, body } = await gone.get(`/api/${path}`);
    expect([status, body.error]).toEqual([503, 'database_unavailable']);
  }
});
