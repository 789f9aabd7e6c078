import { describe, expect, it } from 'vitest';
import { authorizeBody, openDoor } from './door.js';

const door = await openDoor();

describe('the documented answers', () => {
  it('an authorize answers as the guide says, with the whole payment added', async () => {
    const body = authorizeBody(door);
    const { status, body: answer } = await door.post('/api/payment/order_1/authorize', body);
    expect(status).toBe(200);
    expect(answer).toMatchObject({
      success: true,
      description: 'Payment authorized successfully and held in escrow',
      paymentId: expect.any(String),
      paymentIntentId: expect.stringMatching(/^pi_/),
      status: 'AUTHORIZED',
    });
    expect(answer.payment.paymentId).toBe(answer.paymentId);
  });
});
