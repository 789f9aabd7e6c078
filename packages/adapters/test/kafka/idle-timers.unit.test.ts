import { createRequire } from 'node:module';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { mendIdleTimers } from '../../src/kafka/idle-timers.js';

/** kafkajs' own class, of which it exports no types. */
const RequestQueue: new (
  options: object,
) => {
  pending: unknown[];
  throttledUntil: number;
  scheduleCheckPendingRequests(): void;
  checkPendingRequests(): void;
} = createRequire(import.meta.url)('kafkajs/src/network/requestQueue');

function queue() {
  const logger = { debug: () => {}, error: () => {}, warn: () => {} };
  const options = { maxInFlightRequests: 1, requestTimeout: 1_000, enforceRequestTimeout: false };
  return new RequestQueue({
    ...options,
    clientId: 'test',
    broker: 'broker:9092',
    logger,
    isConnected: () => true,
  });
}

beforeEach(() => {
  vi.useFakeTimers();
  mendIdleTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

it('an idle queue of kafkajs sets no timer, whatever it is asked', () => {
  const idle = queue();
  idle.scheduleCheckPendingRequests();
  idle.checkPendingRequests();
  expect(vi.getTimerCount()).toBe(0);
});

it('one with something in it, or throttled, is looked at later', () => {
  const timers = vi.spyOn(globalThis, 'setTimeout');
  const busy = queue();
  busy.pending.push({});
  busy.scheduleCheckPendingRequests();
  const throttled = queue();
  throttled.throttledUntil = Date.now() + 500;
  throttled.scheduleCheckPendingRequests();
  expect(timers.mock.calls.map(([, ms]) => ms)).toEqual([10, 500]);
});
