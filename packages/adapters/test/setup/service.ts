import { setTimeout as sleep } from 'node:timers/promises';
import type { AuthorizeCommand, Clock, Currency } from '@campusg-pay/core';
import { leaveDoubt } from '@campusg-pay/core/testing';
import { pino } from 'pino';
import { afterAll } from 'vitest';
import { readConfig } from '../../src/service/config.js';
import { openRuntime, type Runtime } from '../../src/service/runtime.js';

const opened: Runtime[] = [];

// Once only: a pool can not be ended twice.
afterAll(async () => {
  for (const runtime of opened.splice(0)) await runtime.close();
});

/** A service that is told to `open`, and closed after the file unless the test did. */
export async function openService(environment: Record<string, string>, clock: Clock) {
  const lines: Record<string, unknown>[] = [];
  const log = pino({ level: 'debug' }, { write: (line) => lines.push(JSON.parse(line)) });
  const config = readConfig(environment)._unsafeUnwrap();
  const options = { clock, decorate: leaveDoubt };
  const runtime = (await openRuntime(config, log, options))._unsafeUnwrap();
  opened.push(runtime);
  const close = async () => {
    opened.splice(opened.indexOf(runtime), 1);
    await runtime.close();
  };
  return { runtime, lines, close };
}

/** An authorize that works. */
export function authorizing(wanted: Partial<AuthorizeCommand> = {}): AuthorizeCommand {
  return {
    orderId: 'order-1',
    customerId: 'customer-1',
    stripeCustomerId: null,
    paymentMethodId: 'pm_card_visa',
    amount: { amountMinor: 2098, currency: 'USD' as Currency },
    description: null,
    paymentId: null,
    returnUrl: null,
    savePaymentMethod: false,
    correlationId: 'authorize-1',
    ...wanted,
  };
}

/** Asks again and again until it is so; the last thing seen is told when it never is. */
export async function until<Value>(
  look: () => Promise<Value> | Value,
  isSo: (value: Value) => boolean,
  withinMs = 30_000,
): Promise<Value> {
  const deadline = Date.now() + withinMs;
  for (;;) {
    const value = await look();
    if (isSo(value)) return value;
    if (Date.now() > deadline) throw new Error(`never so, at last: ${JSON.stringify(value)}`);
    await sleep(10);
  }
}
