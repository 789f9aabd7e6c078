import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, it } from 'vitest';
import type { Circuit } from '../../src/stripe/circuit.js';
import { OWING, wholeIntent } from './odd-stripe.js';
import { errorOf, listOf, scriptedStripe } from './scripted-stripe.js';

const DEADLINE_MS = 150;

const opened: Awaited<ReturnType<typeof scriptedStripe>>[] = [];
afterEach(async () => {
  for (const one of opened.splice(0)) await one.close();
});

async function open(circuit: Circuit | { restMs: number } = { restMs: 1 }) {
  const stripe = await scriptedStripe({ deadlineMs: DEADLINE_MS, circuit });
  opened.push(stripe);
  return stripe;
}

/** A circuit before which every call waits for so long. */
function waiting(ms: number): Circuit {
  return {
    run: async (call) => {
      await sleep(ms);
      return call();
    },
  };
}

describe('the deadline of a call', () => {
  it('is over for what waited too long, which is never sent', async () => {
    const stripe = await open(waiting(DEADLINE_MS + 20));
    const fault = (await stripe.perform(OWING.authorize))._unsafeUnwrapErr();
    expect(fault).toMatchObject({ executed: 'no', reason: 'waited too long', retryAfterMs: 1_000 });
    await sleep(50);
    expect(stripe.sent).toEqual([]);
  });

  it('is over for a repeat as well, and then the first try is what counts', async () => {
    const stripe = await scriptedStripe({ deadlineMs: DEADLINE_MS });
    opened.push(stripe);
    // The circuit pauses for longer than what is left.
    stripe.answers(errorOf(500, { type: 'api_error' }, { 'stripe-should-retry': 'true' }));
    const fault = (await stripe.perform(OWING.authorize))._unsafeUnwrapErr();
    expect(fault).toMatchObject({ executed: 'unknown', reason: 'Stripe answered 500' });
    expect(stripe.sent).toHaveLength(1);
  });

  it('is shorter for a call that must be, and never longer', async () => {
    const stripe = await open();
    stripe.answers({ status: 200, body: wholeIntent(), afterMs: 2_000 });
    for (const payment of Object.values(OWING)) {
      for (const [withinMs, endsAt] of [
        [30, 30],
        [60_000, DEADLINE_MS],
      ] as const) {
        const fault = (await stripe.perform(payment, { withinMs }))._unsafeUnwrapErr();
        const left = Number(/^no answer within (\d+) ms$/.exec(fault.reason)?.[1]);
        expect(left, payment.operation?.kind).toBeLessThanOrEqual(endsAt);
      }
    }
  });

  it('counts the time for which it waited', async () => {
    const stripe = await open(waiting(100));
    stripe.answers({ status: 200, body: wholeIntent(), afterMs: 1_000 });
    const { reason, executed } = (await stripe.perform(OWING.authorize))._unsafeUnwrapErr();
    expect(executed).toBe('unknown');
    const left = Number(/^no answer within (\d+) ms$/.exec(reason)?.[1]);
    expect(left).toBeLessThanOrEqual(DEADLINE_MS - 99);
  });

  it('ends the turning of pages', async () => {
    const stripe = await open();
    stripe.answers((_, nth) => {
      const other = { ...wholeIntent(), id: `pi_${nth}`, metadata: {}, created: nth };
      return { ...listOf([{ ...other, capture_method: 'manual' }], { more: true }), afterMs: 20 };
    });
    const search = { payment: OWING.authorize, since: new Date(), isOurs: () => true };
    const fault = (await stripe.gateway.findIntent(search))._unsafeUnwrapErr();
    expect(fault).toMatchObject({ executed: 'unknown' });
    const sent = stripe.sent.length;
    await sleep(200);
    // One may have been on its way.
    expect(stripe.sent.length).toBeLessThanOrEqual(sent + 1);
  });
});
