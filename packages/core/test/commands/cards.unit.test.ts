import { CARDS, memorySystem } from '@campusg-pay/core/testing';
import { describe, expect, it } from 'vitest';

const USER = 'customer-1';

/** A user whose Stripe customer is remembered, with a saved card or without. */
async function user({ defaultCard }: { readonly defaultCard: string | null }) {
  const system = memorySystem();
  const stripeCustomerId = system.gateway.addCustomer({ defaultCard });
  const now = system.clock.now();
  await system.ports.customers.reserve({ customerId: USER, key: 'key', now });
  await system.ports.customers.remember({ customerId: USER, stripeCustomerId });
  return { ...system, stripeCustomerId };
}

describe('the saved cards of a user', () => {
  it('are those of their Stripe customer', async () => {
    const { escrow } = await user({ defaultCard: CARDS.good });
    expect((await escrow.cards(USER))._unsafeUnwrap()).toMatchObject([
      { paymentMethodId: CARDS.good, last4: '4242', isDefault: true },
    ]);
  });

  it('are none without one, and Stripe is not asked', async () => {
    const { escrow, gateway } = memorySystem();
    expect((await escrow.cards('nobody'))._unsafeUnwrap()).toEqual([]);
    expect(gateway.calls).toEqual([]);
  });

  it('are none where Stripe knows the customer no more', async () => {
    const { escrow, ports } = memorySystem();
    await ports.customers.reserve({ customerId: USER, key: 'key', now: new Date(0) });
    await ports.customers.remember({ customerId: USER, stripeCustomerId: 'cus_gone' });
    expect((await escrow.cards(USER))._unsafeUnwrap()).toEqual([]);
  });

  it('are not told as none while Stripe is away', async () => {
    const { escrow, gateway } = await user({ defaultCard: CARDS.good });
    gateway.befall('cards', { type: 'unreachable' });
    expect((await escrow.cards(USER))._unsafeUnwrapErr()).toMatchObject({
      type: 'GatewayUnavailable',
    });
  });
});
