import { type MemorySystem, memorySystem } from '@campusg-pay/core/testing';
import { describe, expect, it } from 'vitest';

const order = { orderId: 'order-1' };
const release = { payment: order, runnerId: 'runner-1', correlationId: 'saga' };
const revert = { payment: order, reason: null, correlationId: 'saga' };

/** Who was answered by what: a saga gives all of its commands under one correlation id. */
async function answersAfter(
  ...acts: readonly ((system: MemorySystem, intent: string) => unknown)[]
): Promise<string[]> {
  const system = memorySystem();
  for (const act of acts) {
    await act(system, system.gateway.intents()[0]?.paymentIntentId ?? '');
    await system.deliver();
  }
  return system.store.outbox.map(
    ({ event, answers, correlationId }) =>
      `${event.type} ${answers === null ? 'answers nobody' : `answers ${answers} of ${correlationId}`}`,
  );
}

const authorize = ({ escrow, authorizing }: MemorySystem, card?: string) =>
  escrow.authorize(
    authorizing({
      correlationId: 'saga',
      ...(card?.startsWith('pm_') && { paymentMethodId: card }),
    }),
  );
const hold = (system: MemorySystem) => authorize(system);
const holdWith = (card: string) => (system: MemorySystem) => authorize(system, card);
const pay = ({ escrow }: MemorySystem) => escrow.release(release);
const giveBack = ({ escrow }: MemorySystem) => escrow.revert(revert);

describe('an event that a command asked for is its answer', () => {
  it('a hold that is released and refunded', async () => {
    expect(await answersAfter(hold, pay, giveBack)).toEqual([
      'authorized answers authorize of saga',
      'released answers release of saga',
      'reverted answers revert of saga',
    ]);
  });

  it('a decline', async () => {
    const card = 'pm_card_visa_chargeDeclined';
    expect(await answersAfter(holdWith(card))).toEqual(['failed answers authorize of saga']);
  });

  it('a payment that waits for the customer is not an answer, and its hold is', async () => {
    const card = 'pm_card_threeDSecure2Required';
    const approve = ({ gateway }: MemorySystem, intent: string) => gateway.customer.approve(intent);
    expect(await answersAfter(holdWith(card), approve)).toEqual([
      'requires_action answers nobody',
      'authorized answers authorize of saga',
    ]);
  });

  it('one that is canceled while it waits answers the revert, and not the authorize', async () => {
    const card = 'pm_card_threeDSecure2Required';
    expect(await answersAfter(holdWith(card), giveBack)).toEqual([
      'requires_action answers nobody',
      'reverted answers revert of saga',
    ]);
  });

  it('whose answer from Stripe was lost, and that is finished later', async () => {
    const lost = ({ gateway }: MemorySystem) => gateway.befall('capture', { type: 'unanswered' });
    const later = async ({ clock, escrow }: MemorySystem) => {
      await clock.advance(60_000);
      await escrow.resume(10);
    };
    expect(await answersAfter(hold, lost, pay, later)).toEqual([
      'authorized answers authorize of saga',
      'released answers release of saga',
    ]);
  });
});

describe('what nobody asked for answers nobody', () => {
  it.each([
    ['a hold that lapses', 'expire', ['reverted answers nobody']],
    ['a hold that is canceled in the dashboard', 'cancel', ['reverted answers nobody']],
    [
      'a capture in the dashboard',
      'capture',
      ['released answers nobody', 'review_needed answers nobody'],
    ],
  ] as const)('%s', async (_, what, told) => {
    const outside = ({ gateway }: MemorySystem, intent: string) => gateway.dashboard[what](intent);
    expect(await answersAfter(hold, outside)).toEqual([
      'authorized answers authorize of saga',
      ...told,
    ]);
  });

  it('a refund in the dashboard', async () => {
    const outside = ({ gateway }: MemorySystem, intent: string) => gateway.dashboard.refund(intent);
    expect((await answersAfter(hold, pay, outside)).at(-1)).toBe('reverted answers nobody');
  });

  it('a hold that lapsed while its release was under way: the release hears no "released"', async () => {
    const lapses = ({ gateway }: MemorySystem, intent: string) => {
      gateway.dashboard.expire(intent);
    };
    const lost = ({ gateway }: MemorySystem) => gateway.befall('capture', { type: 'unanswered' });
    const late = async (system: MemorySystem) => {
      await pay(system);
      await system.clock.advance(60_000);
      await system.escrow.resume(10);
    };
    const told = await answersAfter(hold, async (system, intent) => {
      lost(system);
      lapses(system, intent);
      await late(system);
    });
    expect(told).toEqual(['authorized answers authorize of saga', 'reverted answers nobody']);
  });

  it('a capture and refund in the dashboard while a revert was under way', async () => {
    const told = await answersAfter(hold, async (system, intent) => {
      system.gateway.befall('void', { type: 'unanswered' });
      await giveBack(system);
      system.gateway.dashboard.capture(intent);
      system.gateway.dashboard.refund(intent);
      await system.clock.advance(60_000);
      await system.escrow.resume(10);
    });
    expect(told).toEqual([
      'authorized answers authorize of saga',
      'released answers nobody',
      'review_needed answers nobody',
      'reverted answers nobody',
    ]);
  });
});
