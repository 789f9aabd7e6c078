import { describe, expect, it } from 'vitest';
import { authorizeBody, openDoor } from './door.js';

const door = await openDoor();
const AUTHORIZE = '/api/payment/order_1/authorize';

/** Sends it, and makes sure that nobody was asked for anything. */
async function refused(path: string, body: unknown, headers?: Record<string, string>) {
  const before = door.asked.length;
  const answer = await door.post(path, body, headers);
  expect(door.asked.slice(before)).toEqual([]);
  expect(answer.body).toMatchObject({
    success: false,
    error: expect.any(String),
    description: expect.any(String),
    requestId: expect.any(String),
  });
  return answer;
}

async function issuesOf(body: unknown, path = AUTHORIZE): Promise<Record<string, string>> {
  const { status, body: answer } = await refused(path, body);
  expect([status, answer.error]).toEqual([400, 'invalid_request']);
  const issues: { field: string; rule: string }[] = answer.issues;
  for (const { field, rule } of issues) expect(answer.description).toContain(`${field} ${rule}`);
  return Object.fromEntries(issues.map(({ field, rule }) => [field, rule]));
}

describe('every invalid field is named in one answer', () => {
  it('an empty body lacks the customer and the amount', async () => {
    const issues = {
      'customer.clerkUserId': expect.stringContaining('is required'),
      'order.amount': expect.stringContaining('is required'),
    };
    expect(await issuesOf({})).toEqual(issues);
    expect(await issuesOf(undefined)).toEqual(issues);
  });

  it('everything wrong at once is named at once, the path included', async () => {
    const long = 'x'.repeat(201);
    const body = {
      customer: {
        clerkUserId: { id: 'object' },
        stripeCustomerId: 'customer',
        userStripeCard: { payment_method_id: 12 },
        savePaymentMethod: 'yes',
      },
      order: { amount: 49, description: ['text'] },
      custpaymentId: long,
      return_url: 'javascript:alert(1)',
    };
    expect(Object.keys(await issuesOf(body, `/api/payment/${long}/authorize`))).toEqual([
      'order_id',
      'customer.clerkUserId',
      'customer.stripeCustomerId',
      'customer.userStripeCard.payment_method_id',
      'customer.savePaymentMethod',
      'order.description',
      'custpaymentId',
      'return_url',
      'order.amount',
    ]);
  });

  it.each([
    ['customer', { customer: null }],
    ['customer', { customer: 'user_1' }],
    ['order', { order: [] }],
    ['order.currency', { order: { amount: 2098, currency: 'XYZ' } }],
    ['order.currency', { order: { amount: 2098, currency: 840 } }],
    ['custpaymentId', { custpaymentId: '' }],
    ['custpaymentId', { custpaymentId: '   ' }],
    ['custpaymentId', { custpaymentId: 7 }],
  ])('%s', async (field, changes) => {
    const issues = await issuesOf({ ...authorizeBody(door), ...changes });
    expect(Object.keys(issues)).toEqual([field]);
  });

  it('a release without a runner names the runner', async () => {
    for (const body of [undefined, {}, { runnerId: null }, { runnerId: 5 }, { runnerId: ['a'] }]) {
      const issues = await issuesOf(body, '/api/payment/order_1/release');
      expect(Object.keys(issues)).toEqual(['runnerId']);
    }
  });

  it('a reason that is too long or no text is refused', async () => {
    for (const reason of ['x'.repeat(501), {}, 1, '\u0000']) {
      const issues = await issuesOf({ reason }, '/api/payment/order_1/revert');
      expect(Object.keys(issues)).toEqual(['reason']);
    }
  });
});

describe('amounts', () => {
  it.each([
    [49, 'must be at least 50 minor units of USD'],
    [0, 'must be at least 50 minor units of USD'],
    [-2098, 'must be at least 50 minor units of USD'],
    [100_000_000, 'must be at most 99999999 minor units of USD'],
    [20.98, 'must be a whole number'],
    [1e21, 'must be a whole number'],
    ['2098', 'must be a whole number of minor units (2098 for 20.98), not text'],
    [true, 'must be a whole number'],
    [null, 'must be a whole number'],
    [[2098], 'must be a whole number'],
    [{ amount: 2098 }, 'must be a whole number'],
  ])('%j is refused', async (amount, rule) => {
    const issues = await issuesOf(authorizeBody(door, { order: { amount } }));
    expect(issues).toEqual({ 'order.amount': expect.stringContaining(rule) });
  });

  it('a number too large for JSON is refused', async () => {
    const text = JSON.stringify(authorizeBody(door)).replace('2098', '1e999');
    expect(Object.keys(await issuesOf(text))).toEqual(['order.amount']);
  });

  it('the limit that was broken is told as a number too', async () => {
    const low = await refused(AUTHORIZE, authorizeBody(door, { order: { amount: 49 } }));
    expect(low.body.issues[0]).toMatchObject({ field: 'order.amount', minimum: 50 });
    const idr = authorizeBody(door, { order: { amount: 1e12, currency: 'IDR' } });
    const high = await refused(AUTHORIZE, idr);
    expect(high.body.issues[0]).toMatchObject({ field: 'order.amount', maximum: 999_999_999_999 });
    const kwd = authorizeBody(door, { order: { amount: 1234, currency: 'KWD' } });
    const odd = await refused(AUTHORIZE, kwd);
    expect(odd.body.issues[0]).toMatchObject({ field: 'order.amount', multipleOf: 10 });
  });
});

describe('texts', () => {
  it.each([
    ['NUL', 'a\u0000b'],
    ['a control character', 'a\u001bb'],
    ['a line break', 'a\nb'],
    ['a lone surrogate', 'a\ud800b'],
    ['an invisible character', 'a\u202eb'],
    ['too many characters', '\u{1F600}'.repeat(201)],
  ])('an id with %s is refused', async (_what, clerkUserId) => {
    const issues = await issuesOf(authorizeBody(door, { customer: { clerkUserId } }));
    expect(Object.keys(issues)).toEqual(['customer.clerkUserId']);
  });

  it.each([
    ['a lone surrogate', '\udc00'],
    ['NUL', '\u0000'],
    ['an escape sequence', '\u001b[2J'],
    ['501 characters', 'x'.repeat(501)],
  ])('a description with %s is refused', async (_what, description) => {
    const issues = await issuesOf(authorizeBody(door, { order: { description } }));
    expect(Object.keys(issues)).toEqual(['order.description']);
  });

  it('two hundred emoji are an id, and five hundred characters in lines a description', async () => {
    const clerkUserId = '\u{1F600}'.repeat(200);
    const description = `${'ä'.repeat(249)}\n${'\u{1F469}\u200d\u{1F393}'.repeat(83)}x`;
    expect([...description]).toHaveLength(500);
    const body = authorizeBody(door, { customer: { clerkUserId }, order: { description } });
    const { status, body: answer } = await door.post('/api/payment/long/authorize', body);
    expect(status).toBe(200);
    expect(answer.payment).toMatchObject({ customerId: clerkUserId, description });
  });

  it.each([
    'ftp://campusg.com/',
    '/order-form',
    '//campusg.com/',
    'http:campusg.com',
    'https://user:secret@campusg.com/',
    'https://',
    'https://campusg.com/a b',
    `https://campusg.com/${'x'.repeat(2000)}`,
    '',
    7,
    'https:\\\\evil.example',
    'https:/\\evil.example',
    'https://good.example\\@evil.example',
    'https://good.example/a\\b',
    'https:///evil.example',
    'https:////evil.example',
    'https://',
    'https://?x',
    'https://#x',
    'https://:443/',
    'https://@evil.example/',
    'https://:@evil.example/',
    'https://good.example:@evil.example/',
    'https://good.example%2eevil.example/',
    'https://%65vil.example/',
    'https://evil.example:99999/',
    'https://evil.example:/',
    'https://./',
    'https://[::1',
    'https://[evil]/',
    'https://a.example/%',
    'https://a.example/%zz',
    'https://a.example/x y',
    ' https://a.example/',
    'https://a.example/\n',
    'https://a.example/\u00a0',
    'https://a.example/\u202e',
    'https://a.example/\u0000',
    'ht\ttps://a.example/',
    'https:a.example',
    'blob:https://a.example/x',
    'data:text/html,x',
    'file:///etc/passwd',
  ])('the return_url %j is refused', async (return_url) => {
    const issues = await issuesOf({ ...authorizeBody(door), return_url });
    expect(Object.keys(issues)).toEqual(['return_url']);
  });

  it.each([
    'https://a.example',
    'HTTPS://A.EXAMPLE:8443/x?y=%2F&z=a@b:c#top',
    'http://127.0.0.1:5173/',
    'http://[::1]:5173/customer/order-form',
    'https://bücher.example/ä?ö=👩‍💻',
    'https://a.example?x=1',
    'https://a.example#x',
  ])('the return_url %s is accepted', async (return_url) => {
    const path = `/api/payment/url-${encodeURIComponent(return_url)}/authorize`;
    expect((await door.post(path, { ...authorizeBody(door), return_url })).status).toBe(200);
  });

  it('the return_url of the guide is accepted', async () => {
    const return_url = 'http://localhost:5173/customer/order-form';
    const body = { ...authorizeBody(door), return_url };
    expect((await door.post('/api/payment/returning/authorize', body)).status).toBe(200);
  });
});

describe('ids in the path', () => {
  it.each([
    ['quotes', `"o'r"d`],
    ['slashes', 'a/b\\c'],
    ['unicode', 'Bestellung-№7-日本-\u{1F600}'],
    ['percent signs', '100%25'],
    ['SQL', `'; drop table payments; --`],
    ['spaces', 'order 7'],
  ])('%s are taken as they are', async (_what, orderId) => {
    const path = `/api/payment/${encodeURIComponent(orderId)}`;
    const { status, body } = await door.post(`${path}/authorize`, authorizeBody(door));
    expect([status, body.payment?.orderId]).toEqual([200, orderId]);
    expect((await door.get(`${path}/status`)).body.payment.orderId).toBe(orderId);
  });

  it.each(['%00', '%0a', '%ed%a0%80', '%zz', '%', '%e2%82', '%20', 'x'.repeat(201)])(
    'the path id %s is refused',
    async (id) => {
      const before = door.asked.length;
      for (const one of ['status', 'details']) {
        const { status, body } = await door.get(`/api/payment/${id}/${one}`);
        expect([status, body.error]).toEqual([400, 'invalid_request']);
        expect(body.issues).toHaveLength(1);
      }
      const { status } = await door.post(`/api/payment/${id}/revert`);
      expect(status).toBe(400);
      expect(door.asked.length).toBe(before);
    },
  );
});
