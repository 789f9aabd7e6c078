import type { PaymentEvent, Transfer } from '@campusg-pay/core';
import { transferFromJson } from './taken-row.js';

/** An event as jsonb gives it back: times are text there. */
export function toEvent(data: unknown): PaymentEvent {
  const event = data as PaymentEvent;
  switch (event.type) {
    case 'authorized':
      return event.captureBefore === null
        ? event
        : { ...event, captureBefore: new Date(event.captureBefore) };
    case 'expiring':
      return { ...event, captureBefore: new Date(event.captureBefore) };
    case 'released':
    case 'runner_named':
      return event.terms === undefined ? event : { ...event, terms: withTimes(event.terms) };
    case 'transfer_owed':
    case 'transfer_sent':
    case 'transfer_waiting':
    case 'transfer_reversed':
    case 'runner_debt':
      return { ...event, transfer: transferFromJson(event.transfer) };
    default:
      return event;
  }
}

function withTimes<Terms extends { readonly transfer: Transfer | null }>(terms: Terms): Terms {
  const { transfer } = terms;
  return transfer === null ? terms : { ...terms, transfer: transferFromJson(transfer) };
}
