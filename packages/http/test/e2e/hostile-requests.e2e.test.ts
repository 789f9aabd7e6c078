import { request } from 'node:http';
import { afterEach, describe, expect, it } from 'vitest';
import { authorize, authorizeBody, newOrder, release, revert, status } from './orders.js';
import { type Answered, openWorld } from './world.js';

const world = await openWorld({ webhooks: false });

/** Whatever is asked for here: no row, and no request to Stripe. */
async function expectNothingHappened() {
  expect(world.sandbox.ledger().requests).toEqual([]);
  for (const table of ['payments', 'operations', 'payment_events', 'outbox', 'customers']) {
    expect(await world.database.sql(`select * from ${table}`), table).toEqual([]);
  }
}

const SECRETS = /sk_test|whsec_|postgres:\/\/|\bat .*\.ts:\d+|select |insert |node_modules/i;

/** The one error form, naming the field and its rule. */
function expectInvalid(answer: Answered, field: string, rule: string | RegExp) {
  expect(answer.status, answer.text).toBe(400);
  expect(answer.body).toMatchObject({ success: false, error: 'invalid_request' });
  expect(answer.body.description).toContain(field);
  const found = answer.body.issues.filter((issue: { field: string }) => issue.field === field);
  expect(found.length, answer.text).toBeGreaterThan(0);
  expect(found[0].rule).toMatch(rule);
  expect(answer.text).not.toMatch(SECRETS);
}

describe('refused before anything happens:', () => {
  afterEach(expectNothingHappened);

  it.each([
    ['{', 'open'],
    ['{"customer":', 'cut short'],
    ["{'customer':1}", 'in single quotes'],
    ['\u0000', 'a null byte'],
    ['{"order":{"amount":NaN}}', 'NaN'],
    ['undefined', 'undefined'],
  ])('a body that is no JSON (%j, %s)', async (body) => {
    const answer = await world.post(`/api/payment/${newOrder()}/authorize`, body);
    expectInvalid(answer, 'body', /JSON/);
  });

  it.each(['[]', 'null', '5', '"text"', 'true'])('a body that is no object (%s)', async (body) => {
    const answer = await world.post(`/api/payment/${newOrder()}/authorize`, body);
    expectInvalid(answer, 'body', /object/);
  });

  it.each<[string, unknown, RegExp]>([
    ['missing', undefined, /required/],
    ['null', null, /whole number/],
    ['text', '2098', /whole number/],
    ['a list', [2098], /whole number/],
    ['an object', { valueOf: 2098 }, /whole number/],
    ['true', true, /whole number/],
    ['fractional', 20.98, /whole number/],
    ['zero', 0, /at least 50/],
    ['negative', -2098, /at least 50/],
    ['below the minimum', 49, /at least 50/],
    ['above the maximum', 100_000_000, /at most 99999999/],
    ['beyond exact integers', 2 ** 53, /whole number|at most/],
    ['huge', 1e308, /whole number|at most/],
  ])('an amount that is %s', async (_what, amount, rule) => {
    const order = newOrder();
    const answer = await authorize(world, order, { order: { amount } });
    expectInvalid(answer, 'order.amount', rule);
  });

  it.each([
    ['JPY', 49, /at least 50/],
    ['IDR', 1_000_000_000_000, /at most 999999999999 minor units of IDR/],
    ['EUR', 100_000_000, /at most 99999999 minor units of EUR/],
    ['KWD', 12_345, /multiple of 10/],
    ['XXX', 2098, /currency/],
    ['US', 2098, /currency/],
    ['__proto__', 2098, /currency/],
    [840, 2098, /currency/],
  ])('an amount in %s that can not be charged', async (currency, amount, rule) => {
    const answer = await authorize(world, newOrder(), { order: { amount, currency } });
    const field = rule.source === 'currency' ? 'order.currency' : 'order.amount';
    expectInvalid(answer, field, rule);
  });

  it.each<[string, object, string]>([
    ['no customer', { customer: undefined }, 'customer.clerkUserId'],
    ['a customer that is text', { customer: 'user_1' }, 'customer'],
    ['an order that is a list', { order: [] }, 'order'],
    ['a clerkUserId that is a number', wish({ clerkUserId: 5 }), 'customer.clerkUserId'],
    ['an empty clerkUserId', wish({ clerkUserId: '' }), 'customer.clerkUserId'],
    ['a blank clerkUserId', wish({ clerkUserId: '  ' }), 'customer.clerkUserId'],
    ['a long clerkUserId', wish({ clerkUserId: 'x'.repeat(201) }), 'customer.clerkUserId'],
    ['a null byte in an id', wish({ clerkUserId: 'a\u0000b' }), 'customer.clerkUserId'],
    ['half a character in an id', wish({ clerkUserId: 'a\ud800' }), 'customer.clerkUserId'],
    [
      'a stripeCustomerId that is an object',
      wish({ stripeCustomerId: {} }),
      'customer.stripeCustomerId',
    ],
    [
      'a stripeCustomerId with a path in it',
      wish({ stripeCustomerId: 'cus_1/../x' }),
      'customer.stripeCustomerId',
    ],
    ['a card that is text', wish({ userStripeCard: 'pm_card_visa' }), 'customer.userStripeCard'],
    [
      'a payment method that is none',
      wish({ userStripeCard: { payment_method_id: '4242' } }),
      'customer.userStripeCard.payment_method_id',
    ],
    [
      'savePaymentMethod as text',
      wish({ savePaymentMethod: 'true' }),
      'customer.savePaymentMethod',
    ],
    [
      'a description that is an object',
      { order: { ...authorizeBody().order, description: {} } },
      'order.description',
    ],
    [
      'a description of 501 characters',
      { order: { ...authorizeBody().order, description: 'x'.repeat(501) } },
      'order.description',
    ],
    ['a custpaymentId that is an object', { custpaymentId: { a: 1 } }, 'custpaymentId'],
    ['an empty custpaymentId', { custpaymentId: '' }, 'custpaymentId'],
    ['a long custpaymentId', { custpaymentId: 'x'.repeat(201) }, 'custpaymentId'],
    ['a return_url that is a script', { return_url: 'javascript:alert(1)' }, 'return_url'],
    ['a return_url that is relative', { return_url: '/thanks' }, 'return_url'],
    ['a return_url with a password', { return_url: 'https://a:b@campusg.com' }, 'return_url'],
  ])('%s', async (_what, fields, field) => {
    const body = { ...authorizeBody(), ...fields };
    expectInvalid(await world.post(`/api/payment/${newOrder()}/authorize`, body), field, /\w/);
  });

  it('everything wrong at once, and every field is named', async () => {
    const { body } = await world.post(`/api/payment/${newOrder()}/authorize`, {
      customer: { clerkUserId: 1, stripeCustomerId: 2, userStripeCard: { payment_method_id: 3 } },
      order: { amount: '4', description: 5, currency: 6 },
      custpaymentId: 7,
      return_url: 8,
    });
    expect(body.issues.map((issue: { field: string }) => issue.field).sort()).toEqual([
      'customer.clerkUserId',
      'customer.stripeCustomerId',
      'customer.userStripeCard.payment_method_id',
      'custpaymentId',
      'order.amount',
      'order.currency',
      'order.description',
      'return_url',
    ]);
  });

  it.each([
    ['release without a runner', 'release', {}, 'runnerId'],
    ['release for an object', 'release', { runnerId: { id: 1 } }, 'runnerId'],
    ['release for nobody', 'release', { runnerId: '' }, 'runnerId'],
    ['a reason that is a number', 'revert', { reason: 5 }, 'reason'],
    ['a reason of 501 characters', 'revert', { reason: 'x'.repeat(501) }, 'reason'],
  ])('%s', async (_what, command, body, field) => {
    expectInvalid(await world.post(`/api/payment/${newOrder()}/${command}`, body), field, /\w/);
  });

  it('a body of 1 MB is 413', async () => {
    const body = authorizeBody({ filler: 'x'.repeat(1_000_000) });
    const answer = await world.post(`/api/payment/${newOrder()}/authorize`, body);
    expect(answer.status).toBe(413);
    expect(answer.body).toMatchObject({ success: false, error: 'body_too_large' });
  });

  it('a body nested 20,000 deep is a clear answer, not a crash', async () => {
    const deep = `${'['.repeat(20_000)}${']'.repeat(20_000)}`;
    const answer = await world.post(`/api/payment/${newOrder()}/authorize`, deep);
    expect(answer.status).toBe(400);
  });

  it('a body that is no JSON by its type is 415', async () => {
    const path = `/api/payment/${newOrder()}/authorize`;
    const answer = await world.post(path, 'order=1', {
      'content-type': 'application/x-www-form-urlencoded',
    });
    expect(answer.status).toBe(415);
  });

  it.each([
    ['%00', 'a null byte'],
    ['%0a', 'a line break'],
    ['%20', 'a space'],
    ['%e2%80%ae', 'a turn of direction'],
    ['x'.repeat(201), '201 characters'],
  ])('an order id that is %s', async (id) => {
    for (const answer of [
      await authorize(world, id),
      await release(world, id),
      await revert(world, id),
      await status(world, id),
    ]) {
      expectInvalid(answer, 'order_id', /a string of 1 to 200 printable/);
    }
    expectInvalid(await world.get(`/api/payment/${id}/details`), 'payment_id', /1 to 200/);
  });

  it.each(['%', '%zz', '%ff', '%c0%af', '%ed%a0%80'])(
    'an order id that is no UTF-8 (%j)',
    async (id) => {
      const answer = await authorize(world, id);
      expect(answer.status).toBe(400);
      expect(answer.body).toMatchObject({ success: false, error: 'invalid_request' });
      expect(answer.text).not.toMatch(SECRETS);
    },
  );

  it.each(['/api/payment/a/b/authorize', '/api/payment//authorize', '/api/payment/authorize'])(
    'a path that is none: %s',
    async (path) => {
      const answer = await world.post(path, authorizeBody());
      expect(answer.status).toBe(404);
      expect(answer.body).toMatchObject({ success: false, error: 'unknown_route' });
    },
  );

  it('dots in a path, sent as they are, reach no other endpoint', async () => {
    // fetch would resolve the dots before it sends them.
    const code = await new Promise((resolve, reject) => {
      const path = '/api/payment/../../health/authorize';
      const sent = request(`${world.url}`, { method: 'POST', path }, (response) => {
        response.resume();
        resolve(response.statusCode);
      });
      sent.on('error', reject);
      sent.end();
    });
    expect(code).toBe(404);
  });

  it('an unknown order', async () => {
    for (const answer of [
      await release(world, "'; drop table payments; --"),
      await revert(world, '1%20or%201=1'),
      await status(world, '..%2f..'),
    ]) {
      expect(answer.status).toBe(404);
      expect(answer.body).toMatchObject({ error: 'payment_not_found' });
    }
  });
});

function wish(customer: object) {
  return { customer: { ...authorizeBody().customer, ...customer } };
}
