import { memorySystem } from '@campusg-pay/core/testing';

export const order = { orderId: 'order-1' };
const release = { payment: order, runnerId: 'runner-1', correlationId: 'release' };
export const revert = { payment: order, reason: 'too slow', correlationId: 'revert' };

/** A payment of 2098 that was released. */
export async function released() {
  const system = memorySystem();
  const { escrow, clock, store } = system;
  await escrow.authorize(system.authorizing());
  await escrow.release(release);
  return {
    ...system,
    payment: async () => {
      const found = (await escrow.find(order))._unsafeUnwrap();
      if (!('receivedMinor' in found)) throw new Error('nothing was taken');
      return found;
    },
    told: () => store.outbox.map(({ event }) => event.type),
    lookAgain: async () => {
      await clock.advance(60 * 60 * 1000);
      (await escrow.resume(10))._unsafeUnwrap();
    },
  };
}
