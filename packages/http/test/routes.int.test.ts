import { describe, expect, it } from 'vitest';
import { openDoor } from './door.js';

const door = await openDoor();

describe('routes', () => {
  it.each(['/', '/api', '/api/payment/order_1', '/api/payment//status', '/healthy', '/%zz'])(
    'there is no GET %s',
    async (path) => {
      const { status, body } = await door.get(path);
      expect([status, body.error]).toEqual([404, 'unknown_route']);
    },
  );

  it.each([
    ['DELETE', '/api/payment/order_1/authorize', 'POST'],
    ['GET', '/api/payment/order_1/release', 'POST'],
    ['PUT', '/api/payment/order_1/revert', 'POST'],
    ['POST', '/api/payment/order_1/status', 'GET, HEAD'],
    ['PATCH', '/api/payment/order_1/details', 'GET, HEAD'],
    ['GET', '/api/stripe-webhook', 'POST'],
    ['POST', '/health', 'GET, HEAD'],
    ['OPTIONS', '/openapi.json', 'GET, HEAD'],
  ])('%s %s is 405 and tells what is allowed', async (method, path, allow) => {
    const response = await fetch(door.url + path, { method });
    expect([response.status, response.headers.get('allow')]).toEqual([405, allow]);
    expect(await response.json()).toMatchObject({ success: false, error: 'method_not_allowed' });
  });
});
