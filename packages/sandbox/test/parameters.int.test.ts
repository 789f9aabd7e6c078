import type Stripe from 'stripe';
import { describe, expect, it } from 'vitest';
import { CARD, clientOf, hold, openSandbox, refusal } from './support.js';

interface Raw {
  readonly status: number;
  readonly headers: Headers;
  readonly error: Record<string, unknown>;
}

async function raw(url: string, path: string, init: RequestInit = {}): Promise<Raw> {
  const response = await fetch(`${url}${path}`, init);
  const { error } = (await response.json()) as { error: Record<string, unknown> };
  return { status: response.status, headers: response.headers, error };
}

const BEARER = { Authorization: 'Bearer sk_test_x' };

function posted(body: string): RequestInit {
  const type = { 'Content-Type': 'application/x-www-form-urlencoded' };
  return { method: 'POST', headers: { ...BEARER, ...type }, body };
}

describe('a parameter', () => {
  const good = 'amount=2098&currency=usd';
  const faults: [string, string | undefined, string][] = [
    ['currency=usd', 'parameter_missing', 'amount'],
    ['amount=2098', 'parameter_missing', 'currency'],
    ['amount=&currency=usd', 'parameter_invalid_empty', 'amount'],
    ['amount=20.98&currency=usd', 'parameter_invalid_integer', 'amount'],
    ['amount=abc&currency=usd', 'parameter_invalid_integer', 'amount'],
    ['amount=-5&currency=usd', 'parameter_invalid_integer', 'amount'],
    ['amount=0&currency=usd', 'parameter_invalid_integer', 'amount'],
    ['amount=49&currency=usd', 'amount_too_small', 'amount'],
    ['amount=49&currency=jpy', 'amount_too_small', 'amount'],
    ['amount=100000000&currency=usd', 'amount_too_large', 'amount'],
    ['amount[a]=1&currency=usd', undefined, 'amount'],
    ['amount=2098&currency=xyz', undefined, 'currency'],
    [`${good}&capture_method=later`, undefined, 'capture_method'],
    [`${good}&confirm=yes`, undefined, 'confirm'],
    [`${good}&foo=1`, 'parameter_unknown', 'foo'],
    [`${good}&payment_method_types[]=card`, 'parameter_unknown', 'payment_method_types'],
    [
      `${good}&automatic_payment_methods[enabled]=true&automatic_payment_methods[x]=1`,
      'parameter_unknown',
      'automatic_payment_methods[x]',
    ],
    [`${good}&description=${'d'.repeat(1001)}`, undefined, 'description'],
    [`${good}&metadata[${'k'.repeat(41)}]=v`, undefined, `metadata[${'k'.repeat(41)}]`],
    [`${good}&metadata[k]=${'v'.repeat(501)}`, undefined, 'metadata[k]'],
    [`${good}&metadata[k][deep]=v`, undefined, 'metadata[k]'],
    [`${good}&customer=cus_nobody`, 'resource_missing', 'customer'],
    [`${good}&payment_method=pm_nothing`, 'resource_missing', 'payment_method'],
    [`${good}&return_url=https://a.example`, undefined, 'return_url'],
    [`${good}&confirm=true&return_url=javascript:alert(1)`, 'url_invalid', 'return_url'],
    [`${good}&expand[]=nothing`, undefined, 'expand'],
  ];
  const rows = faults.map(([body, code, param]) => ({
    body,
    code,
    param,
    title: `${body.slice(0, 70)} (${code ?? 'no code'})`,
  }));
  it.each(rows)('of $title is refused, and nothing is created', async ({ body, code, param }) => {
    const { sandbox } = await openSandbox();
    const { status, error } = await raw(sandbox.url, '/v1/payment_intents', posted(body));
    expect({ status, ...error }).toMatchObject({
      status: 400,
      type: 'invalid_request_error',
      param,
    });
    expect(error.code).toBe(code);
    expect(sandbox.counts()).toMatchObject({ paymentIntents: 0, charges: 0, events: 0 });
  });

  it('that Stripe knows but the sandbox does not is refused by name', async () => {
    const { stripe } = await openSandbox();
    const error = await refusal(hold(stripe, { transfer_data: { destination: 'acct_1' } }));
    expect(error).toMatchObject({ statusCode: 400, param: 'transfer_data' });
    expect(error.message).toContain('The sandbox does not implement');
  });

  it('named like a part of every object is only a name', async () => {
    const { sandbox } = await openSandbox();
    const body = `${good}&metadata[constructor]=a&metadata[__proto__]=b`;
    const response = await fetch(`${sandbox.url}/v1/payment_intents`, posted(body));
    const text = await response.text();
    expect(response.status).toBe(200);
    expect(text).toContain('"constructor":"a"');
    expect(({} as Record<string, unknown>).a).toBeUndefined();
  });

  it('may fill fifty metadata keys and no more, updates counted', async () => {
    const { stripe } = await openSandbox();
    const keys = (count: number, prefix: string) =>
      Object.fromEntries(Array.from({ length: count }, (_, at) => [`${prefix}${at}`, 'v']));
    const { id } = await hold(stripe, { metadata: keys(50, 'a') });
    const error = await refusal(stripe.paymentIntents.update(id, { metadata: keys(1, 'b') }));
    expect(error).toMatchObject({ param: 'metadata', statusCode: 400 });
  });

  it.each(['0', '101', 'many'])('limit=%s is refused', async (limit) => {
    const { sandbox } = await openSandbox();
    const path = `/v1/payment_intents?limit=${limit}`;
    const { status, error } = await raw(sandbox.url, path, { headers: BEARER });
    expect({ status, ...error }).toMatchObject({
      status: 400,
      code: 'parameter_invalid_integer',
      param: 'limit',
    });
  });

  it('that names a lost cursor is refused', async () => {
    const { stripe } = await openSandbox();
    const lost = stripe.paymentIntents.list({ starting_after: 'pi_lost' });
    expect(await refusal(lost)).toMatchObject({
      param: 'starting_after',
      code: 'resource_missing',
    });
  });
});

describe('a confirmation that may redirect', () => {
  it('wants a return_url, unless redirects are switched off', async () => {
    const { stripe } = await openSandbox();
    const bare: Stripe.PaymentIntentCreateParams = {
      amount: 500,
      currency: 'usd',
      confirm: true,
      payment_method: 'pm_card_visa',
    };
    const error = await refusal(stripe.paymentIntents.create(bare));
    expect(error.message).toContain('you must provide a `return_url`');
    const never = { enabled: true, allow_redirects: 'never' as const };
    const intent = await stripe.paymentIntents.create({
      ...bare,
      automatic_payment_methods: never,
    });
    expect(intent).toMatchObject({
      status: 'succeeded',
      automatic_payment_methods: { enabled: true, allow_redirects: 'never' },
    });
  });
});

describe('three-decimal and zero-decimal currencies', () => {
  it('are charged in their own minor units', async () => {
    const { stripe } = await openSandbox();
    expect(await hold(stripe, { amount: 1230, currency: 'kwd' })).toMatchObject({ amount: 1230 });
    expect(await hold(stripe, { amount: 50, currency: 'jpy' })).toMatchObject({ amount: 50 });
    for (const [amount, currency] of [
      [1234, 'kwd'],
      [550, 'isk'],
      [550, 'ugx'],
    ] as const) {
      const uneven = await refusal(hold(stripe, { amount, currency }));
      expect(uneven).toMatchObject({ param: 'amount', statusCode: 400 });
    }
  });

  it('have a maximum each, which a change of the amount keeps as well', async () => {
    const { stripe } = await openSandbox();
    const most = 999_999_999_999;
    const { id } = await stripe.paymentIntents.create({
      amount: most,
      currency: 'idr',
      allowed_payment_method_types: CARD,
    });
    const refused = { param: 'amount', code: 'amount_too_large', statusCode: 400 };
    expect(await refusal(hold(stripe, { amount: most + 1, currency: 'idr' }))).toMatchObject({
      ...refused,
      message: 'Amount must be no more than 9,999,999,999.99 idr',
    });
    const above = stripe.paymentIntents.update(id, { amount: most + 1 });
    expect(await refusal(above)).toMatchObject(refused);
    const below = stripe.paymentIntents.update(id, { amount: 49 });
    expect(await refusal(below)).toMatchObject({ ...refused, code: 'amount_too_small' });
    expect(await stripe.paymentIntents.update(id, { amount: 50 })).toMatchObject({ amount: 50 });
  });
});

describe('credentials', () => {
  it.each([
    ['none', {}, 401],
    ['a malformed key', { Authorization: 'Bearer nonsense' }, 401],
    ['a live key', { Authorization: 'Bearer sk_live_x' }, 401],
    ['a test key', { Authorization: 'Bearer sk_test_x' }, 404],
    ['a restricted key', { Authorization: 'Bearer rk_test_x' }, 404],
    ['a key as the user of basic auth', { Authorization: `Basic ${btoa('sk_test_x:')}` }, 404],
  ])('%s', async (_name, headers, status) => {
    const { sandbox } = await openSandbox();
    const answer = await raw(sandbox.url, '/v1/customers/cus_x', { headers });
    expect(answer.status).toBe(status);
    expect(answer.error).toMatchObject({ type: 'invalid_request_error' });
  });

  it('may be narrowed to one key, and a refused one is not shown', async () => {
    const { sandbox } = await openSandbox({ secretKey: 'sk_test_only_this_one' });
    const other = clientOf(sandbox.url, 'sk_test_another_long_key');
    const error = await refusal(other.customers.create({}));
    expect(error).toMatchObject({ type: 'StripeAuthenticationError', statusCode: 401 });
    expect(error.message).not.toContain('another_long');
    await clientOf(sandbox.url, 'sk_test_only_this_one').customers.create({});
  });

  it('do not reach other accounts', async () => {
    const { stripe } = await openSandbox();
    const elsewhere = await refusal(stripe.customers.create({}, { stripeAccount: 'acct_other' }));
    expect(elsewhere).toMatchObject({ statusCode: 403, code: 'account_invalid' });
  });
});

describe('a request', () => {
  it('for a route that only Stripe has says so, and is remembered loudly', async () => {
    const lines: string[] = [];
    const { sandbox, stripe } = await openSandbox({ warn: (line) => lines.push(line) });
    const error = await refusal(stripe.payouts.create({ amount: 1, currency: 'usd' }));
    expect(error).toMatchObject({ statusCode: 404, type: 'StripeInvalidRequestError' });
    expect(error.message).toBe('The sandbox does not implement POST /v1/payouts');
    expect(error.code).toBe('sandbox_not_implemented');
    expect(error.headers).toMatchObject({ 'sandbox-not-implemented': 'true' });
    expect(sandbox.ledger().unknownRoutes).toMatchObject([{ method: 'POST', path: '/v1/payouts' }]);
    expect(sandbox.counts().requests.unknownRoutes).toBe(1);
    expect(lines).toEqual(['unknown route, not built here: POST /v1/payouts']);
  });

  it.each([
    ['POST', '/v1/nonsense'],
    ['PATCH', '/v1/customers'],
  ])('for a route that nobody has answers as Stripe does: %s %s', async (method, path) => {
    const { sandbox } = await openSandbox();
    const { status, headers, error } = await raw(sandbox.url, path, { method, headers: BEARER });
    expect(status).toBe(404);
    expect(error.message).toBe(
      `Unrecognized request URL (${method}: ${path}). Please see https://stripe.com/docs or we can help at https://support.stripe.com/.`,
    );
    expect(headers.get('sandbox-not-implemented')).toBeNull();
  });

  const amount = 'amount=2098&currency=usd';
  const OPTIONS = 'payment_method_options';
  it.each([
    ['/v1/payment_intents', `${amount}&transfer_data[destination]=acct_1`, 'transfer_data'],
    ['/v1/payment_intents', `${amount}&allowed_payment_method_types[]=link`, null],
    ['/v1/payment_intents', `${amount}&expand[]=latest_charge.transfer`, 'expand'],
    ['/v1/payment_intents', `${amount}&expand[]=review`, 'expand'],
    ['/v1/payment_methods', 'type=sepa_debit&sepa_debit[iban]=DE', 'type'],
    ['/v1/customers', 'validate=true', 'validate'],
    ['/v1/customers', 'source[number]=4242424242424242', 'source'],
    ['/v1/refunds', 'payment_intent=pi_1&reverse_transfer=true', 'reverse_transfer'],
    ['/v1/accounts', 'country=US&external_account=btok_1', 'external_account'],
    ['/v1/checkout/sessions', 'mode=payment', null],
    ['/v1/payment_intents/pi_1/apply_customer_balance', 'amount=1', null],
    ['/v1/payment_intents', `${amount}&${OPTIONS}[card][moto]=true`, `${OPTIONS}[card][moto]`],
    ['/v1/payment_intents', `${amount}&${OPTIONS}[link][x]=1`, `${OPTIONS}[link]`],
  ])(
    '%s with %s, which Stripe takes, says that the sandbox does not',
    async (path, body, param) => {
      const { sandbox } = await openSandbox();
      const { headers, error } = await raw(sandbox.url, path, posted(body));
      expect(error.message).toMatch(/^The sandbox does not implement /);
      expect(error.code).toBe('sandbox_not_implemented');
      expect(headers.get('sandbox-not-implemented')).toBe('true');
      if (param !== null) expect(error.param).toBe(param);
    },
  );

  it.each(['true', 'True'])('takes a boolean as an older SDK writes it: %s', async (yes) => {
    const { sandbox, stripe } = await openSandbox();
    const body = `${amount}&confirm=${yes}&off_session=False&payment_method=pm_card_visa`;
    const more = '&capture_method=manual&allowed_payment_method_types[0]=card';
    await fetch(`${sandbox.url}/v1/payment_intents`, posted(`${body}${more}`));
    expect((await stripe.paymentIntents.list()).data).toMatchObject([
      { status: 'requires_capture' },
    ]);
  });

  it('knows payment_method_types of a version that has it', async () => {
    const { sandbox } = await openSandbox();
    const body = `${amount}&payment_method_types[0]=card`;
    const asked = (version: string) => {
      const init = posted(body);
      const headers = { ...init.headers, 'Stripe-Version': version };
      return fetch(`${sandbox.url}/v1/payment_intents`, { ...init, headers });
    };
    const older = (await (await asked('2024-10-28.acacia')).json()) as Record<string, unknown>;
    expect(older).toMatchObject({ object: 'payment_intent', payment_method_types: ['card'] });
    expect((await asked('2026-10-28.endive')).status).toBe(400);
  });

  it('carries an id, the version and its idempotency key in the headers of its reply', async () => {
    const { sandbox, stripe } = await openSandbox();
    const customer = await stripe.customers.create({}, { idempotencyKey: 'k' });
    expect(customer.lastResponse).toMatchObject({
      requestId: expect.stringMatching(/^req_\w{14}$/),
      apiVersion: '2026-10-28.endive',
      idempotencyKey: 'k',
    });
    expect(sandbox.ledger().requests).toMatchObject([
      { id: customer.lastResponse.requestId, idempotencyKey: 'k', status: 200, executed: true },
    ]);
  });

  it('that is no form is refused', async () => {
    const { sandbox } = await openSandbox();
    const headers = { ...BEARER, 'Content-Type': 'application/json' };
    const init = { method: 'POST', headers, body: '{"amount":1}' };
    const { status, error } = await raw(sandbox.url, '/v1/payment_intents', init);
    expect(status).toBe(400);
    expect(error.message).toContain('application/x-www-form-urlencoded');
  });

  it('for what does not exist answers 404 resource_missing', async () => {
    const { stripe } = await openSandbox();
    const missing = await refusal(stripe.paymentIntents.retrieve('pi_nothing'));
    expect(missing).toMatchObject({ statusCode: 404, code: 'resource_missing', param: 'intent' });
    expect(missing.message).toBe("No such payment_intent: 'pi_nothing'");
  });
});
