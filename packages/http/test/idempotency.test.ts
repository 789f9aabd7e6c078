import { describe, expect, it } from 'vitest';
import { authorizeBody, openDoor } from './door.js';

describe('a request with an Idempotency-Key', async () => {
  const door = await openDoor();
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

  it('is told which rule a bad key breaks', async () => {
    const refused = await authorize('order-4', 'x'.repeat(256));
    expect(refused.status).toBe(400);
    expect(refused.body.issues).toEqual([
      { field: 'Idempotency-Key', rule: 'must be 1 to 255 printable ASCII characters' },
    ]);
  });

  it('gets the same refusal again', async () => {
    const release = () =>
      door.post('/api/payment/nobody/release', { runnerId: 'r' }, { 'idempotency-key': 'key-5' });
    const [first, second] = [await release(), await release()];
    expect(first.status).toBe(404);
    expect(second.body).toEqual(first.body);
    expect(second.headers.get('idempotent-replayed')).toBe('true');
  });
});
