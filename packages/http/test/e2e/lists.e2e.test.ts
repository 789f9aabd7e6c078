import { randomUUID } from 'node:crypto';
import { expect, it } from 'vitest';
import { heldOrder, release } from './orders.js';
import { openWorld } from './world.js';

const world = await openWorld({ webhooks: false });
const newUser = () => `user_${randomUUID().slice(0, 8)}`;

/** The orders of a list, page after page; `between` happens after each page. */
async function ordersOf(
  path: string,
  limit: number,
  between: () => Promise<unknown> = async () => {},
): Promise<string[]> {
  const seen: string[] = [];
  const sign = path.includes('?') ? '&' : '?';
  for (let cursor = ''; ; ) {
    const { status, body } = await world.get(`${path}${sign}limit=${limit}${cursor}`);
    expect(status).toBe(200);
    seen.push(...body.payments.map(({ orderId }: { orderId: string }) => orderId));
    if (body.nextCursor === null) return seen;
    cursor = `&cursor=${body.nextCursor}`;
    await between();
  }
}

it('the payments of a user are listed page by page, whatever is made meanwhile', async () => {
  const clerkUserId = newUser();
  const made: string[] = [];
  for (let count = 0; count < 5; count += 1)
    made.push(await heldOrder(world, { customer: { clerkUserId } }));
  const newestFirst = made.toReversed();
  const another = () => heldOrder(world, { customer: { clerkUserId } });
  const lists = [`/api/payments?customer=${clerkUserId}`, `/api/users/${clerkUserId}/payments`];
  for (const list of lists) {
    const seen = await ordersOf(list, 2, another);
    expect(seen.filter((order) => made.includes(order))).toEqual(newestFirst);
    expect(new Set(seen).size).toBe(seen.length);
  }
  const runner = newUser();
  for (const order of made.slice(0, 3)) await release(world, order, runner);
  const released = made.slice(0, 3).toReversed();
  const query = `customer=${clerkUserId}&status=RELEASED&runner=${runner}`;
  expect(await ordersOf(`/api/payments?${query}`, 2)).toEqual(released);
  expect(await ordersOf(`/api/users/${runner}/payments?role=runner`, 2)).toEqual(released);
  expect(await ordersOf(`/api/users/${runner}/payments?role=customer`, 2)).toEqual([]);
});

it('a card that a user has saved twice is listed once', async () => {
  const clerkUserId = newUser();
  expect((await world.get(`/api/users/${clerkUserId}/cards`)).body.cards).toEqual([]);
  const customer = { clerkUserId, savePaymentMethod: true };
  for (const _ of ['once', 'twice']) await heldOrder(world, { customer });
  const { status, body } = await world.get(`/api/users/${clerkUserId}/cards`);
  expect([status, body.cards]).toEqual([
    200,
    [
      {
        paymentMethodId: expect.stringMatching(/^pm_/),
        brand: 'visa',
        last4: '4242',
        expMonth: expect.any(Number),
        expYear: expect.any(Number),
        isDefault: true,
      },
    ],
  ]);
});
