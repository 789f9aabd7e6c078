import type { Announcement } from '@campusg-pay/core';

/** One Kafka record of ours, before it is given a topic. */
export interface Message {
  readonly key: string;
  readonly value: string;
  readonly headers: Readonly<Record<string, string>>;
}

/** The platform's envelope. The key keeps an order's events in one partition, and so in order. */
export function toMessage(announcement: Announcement): Message {
  const { event, at, correlationId, ...facts } = announcement;
  return {
    key: announcement.orderId,
    headers: {},
    value: JSON.stringify({
      type: `payment.${event.type}`,
      correlation_id: correlationId,
      timestamp: at,
      payload: {
        payment_id: facts.paymentId,
        order_id: facts.orderId,
        payment_intent_id: facts.paymentIntentId,
        status: facts.status,
        version: facts.version,
      },
      source: 'payment-service',
    }),
  };
}
