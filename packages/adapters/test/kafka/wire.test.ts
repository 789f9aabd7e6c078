import { PAYMENT_EVENT_TYPES } from '@campusg-pay/core';
import { describe, expect, it } from 'vitest';
import { envelope, type MessageType, PAYLOADS } from '../../src/kafka/payloads.js';
import { toMessage } from '../../src/kafka/wire.js';
import { isReply } from '../../src/outgoing.js';
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

  it('has a fixture for every event there is', () => {
    const shown = EVENTS.flatMap(({ outgoing }) => (isReply(outgoing) ? [] : outgoing.event.type));
    expect(new Set(shown)).toEqual(new Set(PAYMENT_EVENT_TYPES));
  });
});
