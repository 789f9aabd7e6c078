import type { ListedIntent, Page } from '@campusg-pay/core';
import { afterAll, describe, expect, it } from 'vitest';
import { INTENT_ID, OWING, wholeIntent } from './odd-stripe.js';
import { errorOf, listOf, scriptedStripe } from './scripted-stripe.js';

const stripe = await scriptedStripe();
afterAll(() => stripe.close());

const since = new Date('2026-11-01T12:00:00.999Z');
const SECOND = Math.floor(since.getTime() / 1000);
const HOUR = 3_600;

/** The times between which the first request asked for. */
function askedBetween(): [number, number] {
  const query = new URLSearchParams(stripe.sent[0]?.path.split('?')[1]);
  return [Number(query.get('created[gte]')), Number(query.get('created[lte]'))];
}

const after = (nth: number) =>
  new URLSearchParams(stripe.sent[nth]?.path.split('?')[1]).get('starting_after');

const intent = (id: string, metadata: object) => ({
  ...wholeIntent(),
  id,
  metadata,
  capture_method: 'manual',
});
const others = (page: string) =>
  Array.from({ length: 100 }, (_, nth) => intent(`pi_${page}_${nth}`, { payment_id: 'another' }));
const customer = (id: string, user: string) => ({
  id,
  object: 'customer',
  metadata: { clerk_user_id: user },
});
const users = (page: string) =>
  Array.from({ length: 100 }, (_, nth) => customer(`cus_${page}_${nth}`, 'another'));

const find = () =>
  stripe.gateway.findIntent({ payment: OWING.authorize, since, isOurs: () => true });
const findCustomer = () =>
  stripe.gateway.findCustomer({ customerId: 'user', installation: null, since });

describe('the search for what a lost call has made', () => {
  it.each([
    ['hold', find],
    ['customer', findCustomer],
  ])('of a %s allows for a clock that is ahead, and for a late repeat', async (_what, search) => {
    stripe.answers(listOf([]));
    expect((await search())._unsafeUnwrap()).toBeNull();
    const [from, to] = askedBetween();
    expect(from).toBeLessThanOrEqual(SECOND - HOUR);
    // Keys are used for a day.
    expect(to).toBeGreaterThanOrEqual(SECOND + 24 * HOUR);
  });

  it('goes on to the page that has it', async () => {
    const pages = [
      listOf(others('one'), { more: true }),
      listOf(others('two'), { more: true }),
      listOf([intent(INTENT_ID, { payment_id: 'payment-1' })], { more: true }),
    ];
    stripe.answers((_, nth) => pages[nth - 1] ?? listOf([]));
    const found = (await find())._unsafeUnwrap();
    expect(found?.report).toMatchObject({ intent: { paymentIntentId: INTENT_ID } });
    expect(stripe.sent).toHaveLength(3);
    expect([after(0), after(1), after(2)]).toEqual([null, 'pi_one_99', 'pi_two_99']);
  });

  it('goes on to the page that has the customer', async () => {
    const pages = [listOf(users('one'), { more: true }), listOf([customer('cus_9', 'user')])];
    stripe.answers((_, nth) => pages[nth - 1] ?? listOf([]));
    expect((await findCustomer())._unsafeUnwrap()).toBe('cus_9');
    expect(after(1)).toBe('cus_one_99');
  });

  it('says nothing where a page did not come', async () => {
    stripe.answers((_, nth) =>
      nth === 1 ? listOf(others('one'), { more: true }) : errorOf(500, { type: 'api_error' }),
    );
    expect((await find())._unsafeUnwrapErr()).toMatchObject({ executed: 'unknown' });
  });

  it('asks for one customer only where the payment has one', async () => {
    stripe.answers(listOf([]));
    await find();
    expect(stripe.sent[0]?.path).toContain('customer=cus_1');
    const payment = { ...OWING.authorize, stripeCustomerId: null };
    stripe.answers(listOf([]));
    await stripe.gateway.findIntent({ payment, since, isOurs: () => true });
    expect(stripe.sent[0]?.path).not.toContain('customer=');
  });
});

describe('a list', () => {
  const period = { from: since, to: since };

  it('is told page by page, each behind the one before', async () => {
    stripe.answers((_, nth) => listOf(others(`${nth}`), { more: nth < 3 }));
    const seen: string[] = [];
    const places: (string | null)[] = [];
    for (let next: string | null = null; ; ) {
      const told = await stripe.gateway.listIntents({ ...period, after: next });
      const page: Page<ListedIntent> = told._unsafeUnwrap();
      seen.push(...page.items.map((one) => one.intent.paymentIntentId));
      places.push(page.next);
      next = page.next;
      if (next === null) break;
    }
    expect(new Set(seen).size).toBe(300);
    expect(places).toEqual(['pi_1_99', 'pi_2_99', null]);
    expect([after(0), after(1), after(2)]).toEqual([null, 'pi_1_99', 'pi_2_99']);
  });

  it('of missed events is of those that could not be delivered since then', async () => {
    stripe.answers(listOf([], { more: false }));
    await stripe.gateway.missedEvents({ since, after: 'evt_1' });
    const query = new URLSearchParams(stripe.sent[0]?.path.split('?')[1]);
    expect(Object.fromEntries(query)).toMatchObject({
      delivery_success: 'false',
      'created[gte]': `${SECOND}`,
      starting_after: 'evt_1',
    });
  });

  it('has all of the second in which its period begins, and in which it ends', async () => {
    stripe.answers(listOf([]));
    await stripe.gateway.listIntents({ ...period, after: null });
    const query = new URLSearchParams(stripe.sent[0]?.path.split('?')[1]);
    expect([query.get('created[gte]'), query.get('created[lt]')]).toEqual([
      `${SECOND}`,
      `${SECOND + 1}`,
    ]);
  });
});
