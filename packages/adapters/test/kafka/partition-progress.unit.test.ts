import type { Fault } from '@campusg-pay/core';
import { describe, expect, it } from 'vitest';
import { createProgress } from '../../src/kafka/partition-progress.js';

const MINUTE_MS = 60_000;
const DATABASE: Fault = { type: 'DatabaseUnavailable', reason: 'refused' };
const STRIPE: Fault = {
  type: 'GatewayUnavailable',
  executed: 'no',
  reason: 'connection',
  retryAfterMs: null,
};
const UNREADABLE: Fault = { ...STRIPE, unreadable: true };

function open() {
  let nowMs = 0;
  const progress = createProgress(() => nowMs);
  return {
    ...progress,
    later: (minutes: number) => {
      nowMs += minutes * MINUTE_MS;
    },
    places: () => progress.stuck().map(({ partition, offset }) => `${partition}/${offset}`),
  };
}

describe('a partition', () => {
  it('is stuck once the same message was the next one for five minutes, however often it came', () => {
    const at = open();
    at.begin(0, '7');
    at.later(4);
    at.begin(0, '7');
    expect(at.places()).toEqual([]);
    at.later(1);
    expect(at.places()).toEqual(['0/7']);
  });

  it('is not while others come, nor when nothing waits', () => {
    const at = open();
    at.begin(0, '7');
    at.begin(1, '3');
    at.done(1);
    at.later(4);
    at.begin(0, '8');
    at.later(4);
    expect(at.places()).toEqual([]);
  });

  it('is when the database answers others and not this one', () => {
    const at = open();
    at.begin(0, '7');
    at.later(3);
    at.failed(0, DATABASE);
    at.later(2);
    expect(at.places()).toEqual(['0/7']);
  });

  it('waits for Stripe as long as it has to, and is stuck when what Stripe says can not be read', () => {
    const at = open();
    at.begin(0, '7');
    at.failed(0, STRIPE);
    for (let minute = 0; minute < 60; minute += 1) {
      at.later(1);
      at.begin(0, '7');
      at.failed(0, STRIPE);
    }
    expect(at.places()).toEqual([]);
    at.failed(0, UNREADABLE);
    at.later(5);
    expect(at.places()).toEqual(['0/7']);
  });

  it('that others have now is their concern', () => {
    const at = open();
    at.begin(0, '7');
    at.begin(1, '7');
    at.later(5);
    at.keepOnly([1]);
    expect(at.places()).toEqual(['1/7']);
  });
});
