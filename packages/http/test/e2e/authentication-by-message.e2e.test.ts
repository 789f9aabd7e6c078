import { readCommand } from '@campusg-pay/adapters/contract';
import { describe, expect, it } from 'vitest';
import { authenticate, authorizeBody, newOrder, status, withCard } from './orders.js';
import { openWorld } from './world.js';

describe('a hold that was asked for by a message and waits for the customer', async () => {
  const world = await openWorld({ webhooks: false });
  const { runtime } = world;

  it('is shown to the web client with what to do, and finished by its next look', async () => {
    const order = newOrder();
    const payload = {
      ...authorizeBody(withCard('pm_card_threeDSecure2Required')),
      order_id: order,
      return_url: 'http://localhost:5173/customer/order-form',
    };
    const { installation } = runtime.escrow;
    const reading = { correlationId: order, fallback: runtime.config.currency, installation };
    const command = readCommand('authorize_payment', payload, reading)._unsafeUnwrap();
    expect((await runtime.commands.take(command, 'consumer'))._unsafeUnwrap()).toBe('waiting');

    const waiting = (await status(world, order)).body;
    expect(waiting).toMatchObject({
      requiresAction: true,
      clientSecret: expect.stringMatching(/^pi_\w+_secret_/),
      nextAction: { redirectUrl: expect.stringContaining('/3ds/') },
      payment: { status: 'INITIATING' },
    });
    await authenticate(world, order, 'approve');
    const held = (await status(world, order)).body;
    expect(held.payment.status).toBe('AUTHORIZED');
    expect(Object.keys(held)).toEqual(['success', 'payment']);
  });
});
