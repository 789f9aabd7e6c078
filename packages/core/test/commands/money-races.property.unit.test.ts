import { brokenInvariants, idle, memorySystem } from '@campusg-pay/core/testing';
import { describe, expect, it } from 'vitest';
import { moneyEvidence } from '../../testing/money-evidence.js';

/** TEST_EFFORT says which part of the full count is run: see CONTRIBUTING. */
const TRIES = Math.ceil(1000 * Number(process.env.TEST_EFFORT ?? 1));
const payment = { orderId: 'order-1' };

/** A held payment whose callers' exchanges take turns at random, the same ones for the same number. */
async function contested(seed: number) {
  let state = seed + 1;
  const random = () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
  const waiting: (() => void)[] = [];
  let contest = false;
  const hop = () => (contest ? new Promise<void>((go) => waiting.push(go)) : Promise.resolve());
  const system = memorySystem({
    network: hop,
    beforeStoreCall: async () => {
      await hop();
      return null;
    },
  });
  const stripeAccount = system.gateway.connect.makeAccount();
  await system.escrow.authorize(system.authorizing());
  const race = async <Answer>(asked: readonly (() => Promise<Answer>)[]) => {
    contest = true;
    let isOver = false;
    const all = Promise.all(asked.map((one) => one())).finally(() => {
      isOver = true;
    });
    while (!isOver) {
      await idle();
      waiting.splice(Math.floor(random() * waiting.length), 1)[0]?.();
    }
    contest = false;
    return all;
  };
  const release = { payment, runnerId: 'runner-1', stripeAccount, platformFeeMinor: 98 };
  const judge = () => {
    const { store, gateway } = system;
    const money = moneyEvidence({ store, gateway, clawback: 'proportional' });
    expect(brokenInvariants({ ...system.evidence(), money }, { quiet: true })).toEqual([]);
  };
  return { ...system, release, race, judge };
}

describe('at once, in a thousand orders of their exchanges', () => {
  it('twenty releases with an account capture once and send one transfer', async () => {
    for (let seed = 0; seed < TRIES; seed += 1) {
      const { escrow, gateway, release, race, judge } = await contested(seed);
      const asks = Array.from({ length: 20 }, (_, n) => () => {
        return escrow.release({ ...release, correlationId: `release-${n}` });
      });
      for (const answer of await race(asks)) expect(answer.isOk()).toBe(true);
      expect(gateway.intents()).toMatchObject([{ captures: 1 }]);
      expect(gateway.transfers()).toMatchObject([{ amountMinor: 2000 }]);
      judge();
    }
  });

  it('equal refunds are one, and many never give back more than was taken', async () => {
    for (let seed = 0; seed < TRIES; seed += 1) {
      const { escrow, gateway, release, race, judge } = await contested(seed);
      await escrow.release({ ...release, correlationId: 'release' });
      const names = ['one', 'one', 'two', 'three', 'four'];
      const asks = names.map((refundId, n) => () => {
        const part = { amountMinor: 800, refundId, reason: null };
        return escrow.revert({ payment, ...part, correlationId: `revert-${n}` });
      });
      await race(asks);
      expect(gateway.intents()).toMatchObject([{ refundedMinor: 1600, refunds: 2 }]);
      judge();
    }
  });

  it('a release and a revert end as one of them, or as both', async () => {
    const ends = new Set<string>();
    for (let seed = 0; seed < TRIES; seed += 1) {
      const { escrow, store, release, race, judge } = await contested(seed);
      const revert = { payment, reason: null, correlationId: 'revert' };
      await race([
        () => escrow.release({ ...release, correlationId: 'release' }),
        () => escrow.revert(revert),
      ]);
      ends.add(store.payments()[0]?.status ?? 'none');
      judge();
    }
    expect([...ends].sort()).toEqual(['RELEASED', 'REVERTED']);
  });
});
