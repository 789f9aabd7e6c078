import { isReply, PAYMENT_EVENT_TYPES } from '@campusg-pay/core';
import { describe, expect, it } from 'vitest';
import { envelope, type MessageType, PAYLOADS } from '../../src/contract/event-payloads.js';
import { toMessage } from '../../src/contract/messages.js';
import { EVENTS } from './fixtures.js';

describe('what leaves the outbox', () => {
  it.each(EVENTS)('$name: $about', ({ outgoing, dialect, message }) => {
    const { key, value, headers } = toMessage(outgoing, dialect);
    expect({ key, headers, value: JSON.parse(value) }).toEqual(message);
  });

  it.each(EVENTS)('$name is as the schemas describe it, without a field more', ({ message }) => {
    const type = message.value.type as MessageType;
    const described = envelope(type, PAYLOADS[type].strict()).strict();
    expect(described.parse(message.value)).toEqual(message.value);
  });

  it('passes no code of ours off as one of Stripe', () => {
    const [failed] = EVENTS.filter(({ name }) => name === 'failed');
    const outgoing = structuredClone(failed?.outgoing);
    if (outgoing === undefined || isReply(outgoing) || outgoing.event.type !== 'failed') {
      throw new Error('there is no such fixture');
    }
    const payloadWith = (code: string) => {
      const failure = { code, declineCode: null, message: 'said so' };
      const { value } = toMessage({ ...outgoing, event: { type: 'failed', failure } }, 'own');
      return JSON.parse(value).payload;
    };
    expect(payloadWith('card_declined')).toHaveProperty('stripe_code', 'card_declined');
    expect(payloadWith('authentication_abandoned')).not.toHaveProperty('stripe_code');
    expect(payloadWith('never_reached_stripe')).not.toHaveProperty('stripe_code');
  });

  it('has a fixture for every event there is', () => {
    const shown = EVENTS.flatMap(({ outgoing }) => (isReply(outgoing) ? [] : outgoing.event.type));
    expect(new Set(shown)).toEqual(new Set(PAYMENT_EVENT_TYPES));
  });
});
