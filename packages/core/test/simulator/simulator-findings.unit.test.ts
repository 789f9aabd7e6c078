import { KEY_LIFETIME_MS } from '@campusg-pay/core';
import { memorySystem, until } from '@campusg-pay/core/testing';
import { describe, expect, it } from 'vitest';

// What the simulator has found, as small as it can be told.

const order = { orderId: 'order-1' };

describe('money that was taken and given back past the service before it heard of either', () => {
  it('is recorded as given back, whichever of the two webhooks comes first', async () => {
    for (const first of ['charge.refunded', 'payment_intent.succeeded']) {
      const { escrow, gateway, authorizing, deliver } = memorySystem();
      await escrow.authorize(authorizing());
      await deliver();
      gateway.dashboard.capture('pi_1');
      gateway.dashboard.refund('pi_1');
      const [one, other] = gateway.webhooks.slice(-2);
      if (one === undefined || other === undefined) throw new Error('no webhooks');
      await deliver(one.event.type === first ? [one, other] : [other, one]);
      const payment = (await escrow.find(order))._unsafeUnwrap();
      expect(payment).toMatchObject({ status: 'REVERTED', revertMethod: 'refunded' });
      expect(payment.review).toBe('captured outside this service');
    }
  });

  it('is told to a person where only a part was given back', async () => {
    const { escrow, gateway, authorizing, deliver } = memorySystem();
    await escrow.authorize(authorizing());
    gateway.dashboard.capture('pi_1');
    gateway.dashboard.refund('pi_1', 1000);
    await deliver(gateway.webhooks.slice(-1));
    const payment = (await escrow.find(order))._unsafeUnwrap();
    expect(payment).toMatchObject({ status: 'RELEASED', receivedMinor: 2098 });
    expect(payment.review).toBe('1000 of 2098 minor units were refunded outside');
  });
});

describe('an authorize whose key is about to grow too old', () => {
  it('is not given up while the call of another replica may be on its way', async () => {
    let slow = () => {};
    const arrived = new Promise<void>((resolve) => {
      slow = resolve;
    });
    let holding = false;
    const system = memorySystem({
      autoAdvance: false,
      network: () => (holding ? arrived : Promise.resolve()),
    });
    const { escrow, gateway, clock, authorizing, store } = system;
    gateway.befall('authorize', { type: 'unanswered' });
    await escrow.authorize(authorizing());
    await clock.advance(KEY_LIFETIME_MS - 60_000);

    // One replica sends the call just in time, and it takes its time ...
    holding = true;
    const first = escrow.resume(1);
    await until(() => gateway.calls.length === 2);
    holding = false;
    // ... while its lease runs out, and another one finds nothing at Stripe.
    await clock.advance(120_000);
    await escrow.resume(1);
    expect(gateway.calls.at(-1)).toBe('findIntent');
    expect(store.payments()[0]?.status).toBe('INITIATING');

    slow();
    await first;
    expect(store.payments()[0]?.status).toBe('AUTHORIZED');
    expect(gateway.intents()).toMatchObject([{ holds: 1 }]);
  });

  it('is not called any more once it is too old, however late its process wakes up', async () => {
    let slept = false;
    const system = memorySystem({
      autoAdvance: false,
      beforeStoreCall: async (call) => {
        // The process is put to sleep for a day after it has written the call down.
        if (call !== 'reserve' || slept) return null;
        slept = true;
        await system.clock.advance(KEY_LIFETIME_MS);
        return null;
      },
    });
    const { escrow, gateway, authorizing } = system;
    const answer = await escrow.authorize(authorizing({ stripeCustomerId: null }));
    expect(answer._unsafeUnwrap().outcome).toBe('processing');
    expect(gateway.intents()).toEqual([]);
  });
});
