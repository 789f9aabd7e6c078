import Stripe from 'stripe';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type CircuitOptions, createCircuit } from '../../src/stripe/circuit.js';
import { TurnedAway } from '../../src/stripe/sdk-errors.js';

const { StripeAPIError, StripeConnectionError, StripeInvalidRequestError } = Stripe.errors;

// The rest is measured by Date.now: it stands still unless a test moves it.
beforeEach(() => {
  vi.useFakeTimers({ toFake: ['Date'] });
});
afterEach(() => {
  vi.useRealTimers();
});

function circuit(options: Partial<CircuitOptions> = {}) {
  const states: string[] = [];
  const onChange = (state: string) => states.push(state);
  const all = { concurrency: 2, queue: 1, outages: 3, restMs: 50, onChange, ...options };
  return { ...createCircuit(all), states };
}

const lost = () =>
  Promise.reject(new StripeConnectionError({ type: 'api_error', message: 'lost' }));
const answered = async () => 'answered';

async function fail(times: number, run: () => Promise<unknown>): Promise<void> {
  for (let count = 0; count < times; count += 1) await run().catch(() => undefined);
}

describe('the circuit', () => {
  it('leaves Stripe alone after outages in a row, and asks again after a rest', async () => {
    const { run, states } = circuit();
    await fail(3, () => run(lost));
    let asked = false;
    const turnedAway = run(async () => {
      asked = true;
    });
    await expect(turnedAway).rejects.toBeInstanceOf(TurnedAway);
    expect(asked).toBe(false);

    vi.advanceTimersByTime(60);
    expect(await run(answered)).toBe('answered');
    expect(states).toEqual(['resting', 'trying', 'working']);
  });

  it('turns others away at once while one call tries whether Stripe is back', async () => {
    const { run, states } = circuit({ outages: 1, restMs: 1 });
    await fail(1, () => run(lost));
    vi.advanceTimersByTime(10);
    let answer = (_: string) => {};
    const trying = run(() => new Promise<string>((resolve) => (answer = resolve)));
    await expect(run(answered)).rejects.toBeInstanceOf(TurnedAway);
    answer('back');
    expect(await trying).toBe('back');
    expect(await run(answered)).toBe('answered');
    expect(states).toEqual(['resting', 'trying', 'working']);
  });

  it('does not count refusals and locks as outages', async () => {
    const { run, states } = circuit();
    const refused = new StripeInvalidRequestError({ type: 'invalid_request_error', message: 'no' });
    const locked = new StripeAPIError({ type: 'api_error', message: 'in use', statusCode: 409 });
    await fail(10, () => run(() => Promise.reject(refused)));
    await fail(10, () => run(() => Promise.reject(locked)));
    expect(await run(answered)).toBe('answered');
    expect(states).toEqual([]);
  });

  it('turns calls away when too many wait', async () => {
    const { run } = circuit();
    let letGo = () => {};
    const gate = new Promise<void>((resolve) => {
      letGo = resolve;
    });
    const waiting = [run(() => gate), run(() => gate), run(() => gate)];
    await expect(run(answered)).rejects.toBeInstanceOf(TurnedAway);
    letGo();
    await Promise.all(waiting);
    expect(await run(answered)).toBe('answered');
  });

  it('repeats once what Stripe says to repeat, and nothing else', async () => {
    const { run } = circuit({ outages: 100 });
    const failing = (shouldRetry: string) => {
      let calls = 0;
      const call = () => {
        calls += 1;
        const headers = { 'stripe-should-retry': shouldRetry };
        const raw = { type: 'api_error', message: 'down', statusCode: 500, headers } as const;
        return Promise.reject(new StripeAPIError(raw));
      };
      return { call, calls: () => calls };
    };
    const repeatable = failing('true');
    await fail(1, () => run(repeatable.call));
    expect(repeatable.calls()).toBe(2);
    const final = failing('false');
    await fail(1, () => run(final.call));
    expect(final.calls()).toBe(1);
  });

  it('stops repeating when repeats are not paid for by calls that go well', async () => {
    const { run } = circuit({ outages: 1_000 });
    let calls = 0;
    const headers = { 'stripe-should-retry': 'true' };
    const raw = { type: 'api_error', message: 'down', statusCode: 500, headers } as const;
    const call = () => {
      calls += 1;
      return Promise.reject(new StripeAPIError(raw));
    };
    await Promise.all(Array.from({ length: 3 }, () => fail(4, () => run(call))));
    // Twelve calls, five repeats: the savings of a fresh circuit.
    expect(calls).toBe(17);
  });
});
