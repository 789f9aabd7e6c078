import type { Answer, Fault, Payment, Refusal, Status } from '@campusg-pay/core';
import type { Result } from 'neverthrow';
import type { Runtime } from '../../src/service/runtime.js';
import { authorizing } from '../setup/service.js';
import type { Meter } from './measure.js';

export type Command = 'authorize' | 'release' | 'revert';

/** What an order is after a command was carried out. */
export const GOAL: Readonly<Record<Command, Status>> = {
  authorize: 'AUTHORIZED',
  release: 'RELEASED',
  revert: 'REVERTED',
};

/** One command that somebody gave, and what they were told. */
export interface Given {
  readonly orderId: string;
  readonly command: Command;
  readonly correlationId: string;
  readonly told: Result<Answer, Refusal | Fault>;
}

/** Gives a command as callers do, and measures what comes of it. */
export async function give(
  { escrow }: Runtime,
  meter: Meter,
  { command, orderId }: { readonly command: Command; readonly orderId: string },
): Promise<Given> {
  const correlationId = `${command}-${orderId}`;
  const payment = { orderId };
  const told = await meter.ask(command, () => {
    switch (command) {
      case 'authorize':
        return escrow.authorize(
          authorizing({ orderId, customerId: userOf(orderId), correlationId }),
        );
      case 'release':
        return escrow.release({ payment, runnerId: `runner-${orderId}`, correlationId });
      case 'revert':
        return escrow.revert({ payment, reason: null, correlationId });
    }
  });
  return { orderId, command, correlationId, told };
}

/** Every third order is the first one of its user, so that Stripe customers are made all along. */
function userOf(orderId: string): string {
  const number = Number(orderId.replace(/\D/g, ''));
  return number % 3 === 0 ? `user-of-${orderId}` : `user-${number % 10}`;
}

/** Reads an order both ways, as the record has it and as Stripe may know it better. */
export async function read({ escrow }: Runtime, meter: Meter, orderId: string) {
  return [
    await meter.ask('find', () => escrow.find({ orderId })),
    await meter.ask('check', () => escrow.check({ orderId })),
  ];
}

/** What the caller may rely on: done, or written down and sure to be done. */
export function isAccepted({ told }: Given): boolean {
  return told.isOk();
}

/** Where each payment of an order stands, in a word for assertions. */
export function standing(payment: Payment | undefined): string {
  return payment === undefined
    ? 'nothing'
    : `${payment.status}${payment.operation === null ? '' : ` owing a ${payment.operation.kind}`}`;
}
