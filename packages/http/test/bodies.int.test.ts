import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { authorizeBody, openDoor } from './door.js';

const door = await openDoor();
const AUTHORIZE = '/api/payment/order_1/authorize';
const JSON_TYPE = { 'content-type': 'application/json' };

async function refused(body: string | Uint8Array, headers: Record<string, string> = JSON_TYPE) {
  const before = door.asked.length;
  const { status, body: answer } = await door.post(AUTHORIZE, body, headers);
  expect(door.asked.length).toBe(before);
  return [status, answer.error];
}

describe('bodies', () => {
  it.each([
    '{',
    '{"a":1}}',
    '{"a":1,}',
    "{'a':1}",
    'order',
    '{"a":\u0001}',
    '\ufeff\ufeff{}',
    '[1',
  ])('malformed JSON such as %j is refused', async (text) => {
    expect(await refused(text)).toEqual([400, 'invalid_request']);
  });

  it.each(['null', '[]', '[{}]', '7', '"text"', 'true'])(
    'JSON that is no object, %s, is refused',
    async (text) => {
      expect(await refused(text)).toEqual([400, 'invalid_request']);
      const { status, body } = await door.post('/api/payment/order_1/revert', text);
      expect([status, body.issues?.[0].field]).toEqual([400, 'body']);
    },
  );

  it('what is no UTF-8 is refused, not mended', async () => {
    const text = JSON.stringify(authorizeBody(door)).replace('Order 1', 'Order ~');
    const bytes = Buffer.from(text);
    bytes[bytes.indexOf('~')] = 0xff;
    expect(await refused(bytes)).toEqual([400, 'invalid_request']);
  });

  it('more than 100 kB is refused, announced or not, plain or packed', async () => {
    const big = JSON.stringify({ ...authorizeBody(door), padding: 'x'.repeat(1_000_000) });
    expect(await refused(big)).toEqual([413, 'body_too_large']);
    const { body } = await door.post(AUTHORIZE, big);
    expect(body.description).toBe('The body is larger than the 102400 bytes accepted here.');
    const packed = gzipSync(big);
    expect(packed.length).toBeLessThan(10_000);
    expect(await refused(packed, { ...JSON_TYPE, 'content-encoding': 'gzip' })).toEqual([
      413,
      'body_too_large',
    ]);
    const stream = new Blob([big]).stream();
    const streamed = await fetch(door.url + AUTHORIZE, {
      method: 'POST',
      headers: JSON_TYPE,
      body: stream,
      duplex: 'half',
    } as RequestInit);
    expect(streamed.status).toBe(413);
  });

  it.each([
    ['text/plain'],
    ['application/x-www-form-urlencoded'],
    ['application/json; charset=utf-16'],
    ['application/json; charset=latin1'],
    ['application/json; charset=utf-8; charset=utf-16'],
    ['application/jsonx'],
    [''],
  ])('a body of type "%s" is refused', async (type) => {
    const text = JSON.stringify(authorizeBody(door));
    expect(await refused(text, { 'content-type': type })).toEqual([415, 'unsupported_media_type']);
  });

  it('a body without a type is refused', async () => {
    const bytes = new TextEncoder().encode(JSON.stringify(authorizeBody(door)));
    expect(await refused(bytes, {})).toEqual([415, 'unsupported_media_type']);
  });

  it('a body in an unknown encoding is refused', async () => {
    const headers = { ...JSON_TYPE, 'content-encoding': 'zip' };
    expect(await refused('{}', headers)).toEqual([415, 'unsupported_media_type']);
  });

  it('a body that is not what its encoding says is refused', async () => {
    const headers = { ...JSON_TYPE, 'content-encoding': 'gzip' };
    expect(await refused('{}', headers)).toEqual([400, 'invalid_request']);
  });

  it.each([
    'application/json',
    'Application/JSON; Charset="UTF-8"',
    'application/cloudevents+json',
  ])('a body of type %s is read', async (type) => {
    const text = JSON.stringify(authorizeBody(door));
    const { status } = await door.post(AUTHORIZE, text, { 'content-type': type });
    expect(status).toBe(200);
  });

  it('a revert may have no body, whatever its type is said to be', async () => {
    for (const [at, headers] of [
      {},
      { 'content-type': 'application/json' },
      { 'content-type': 'text/plain' },
      { 'content-type': 'application/json; charset=latin1' },
      { 'content-length': '0' },
    ].entries()) {
      await door.held(`empty-${at}`);
      const path = `/api/payment/empty-${at}/revert`;
      const { status } = await door.post(path, undefined, headers as Record<string, string>);
      expect([at, status]).toEqual([at, 200]);
    }
    await door.held('empty-text');
    const { status } = await door.post('/api/payment/empty-text/revert', '', {
      'content-type': 'text/plain',
    });
    expect(status).toBe(200);
  });

  it('deep nesting is read or refused, but never breaks anything', async () => {
    const deep = `${'['.repeat(49_000)}${']'.repeat(49_000)}`;
    const { order, customer } = authorizeBody(door);
    const ignored = `{"customer":${JSON.stringify(customer)},"order":${JSON.stringify(order)},"deep":${deep}}`;
    expect((await door.post(AUTHORIZE, ignored)).status).toBe(200);
    expect(await refused(`{"customer":${deep}}`)).toEqual([400, 'invalid_request']);
    expect(await refused('['.repeat(100_000))).toEqual([400, 'invalid_request']);
  });

  it.each([
    ['{"amount":1,"amount":2098}', 'amount'],
    ['{"reason":"a","\\u0072eason":"b"}', 'reason'],
    ['{"customer":{"x":1},"customer" :\n{}}', 'customer'],
    ['{"list":[{"a":{"b":1,"b":1}}]}', 'b'],
    ['{"":1,"":2}', 'body'],
  ])('a field that is named twice is not passed over: %s', async (text, field) => {
    const before = door.asked.length;
    const { status, body } = await door.post('/api/payment/order_1/revert', text);
    expect([status, body.issues]).toEqual([400, [{ field, rule: 'must not be named twice' }]]);
    expect(door.asked.length).toBe(before);
  });

  it('fields of several objects, and texts that look like fields, are no repeats', async () => {
    await door.held('no-repeats');
    const text =
      '{"a":{"x":1},"b":{"x":"{\\"x\\":1,\\"x\\":2}"},"x":["x","x",{"x":1},{"x":"\\\\"}],"y":"x"}';
    expect((await door.post('/api/payment/no-repeats/revert', text)).status).toBe(200);
  });

  it('prototypes can be neither named nor changed', async () => {
    expect(await refused('{"__proto__":{"customer":{"clerkUserId":"u"}}}')).toEqual([
      400,
      'invalid_request',
    ]);
    const { customer, order } = authorizeBody(door);
    const poisoned = JSON.stringify({ customer, order }).replace(
      '{',
      '{"__proto__":{"custpaymentId":"poisoned"},"constructor":{"prototype":{"polluted":1}},',
    );
    const { status, body } = await door.post('/api/payment/proto/authorize', poisoned);
    expect(status).toBe(200);
    expect(body.paymentId).not.toBe('poisoned');
    expect('polluted' in {}).toBe(false);
  });
});
