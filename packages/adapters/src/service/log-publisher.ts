import {
  type Announcement,
  isReply,
  type Logger,
  type PaymentEvent,
  type Publisher,
  type Reply,
} from '@campusg-pay/core';

/** Publishes to the log: what runs where no broker is configured. */
export function createLogPublisher(log: Logger): Publisher {
  return {
    publish: async (outgoing) => {
      for (const one of outgoing) {
        if (isReply(one)) log.info(answered(one), 'reply');
        else log.info(described(one), 'event');
      }
    },
  };
}

function answered({ reply, command, correlationId }: Reply) {
  const error = reply.type === 'refused' ? reply.error : undefined;
  return { command, correlationId, reply: reply.type, error, paymentId: reply.payment?.paymentId };
}

function described(announcement: Announcement) {
  const { event } = announcement;
  return Object.assign({}, announcement, reasonOf(event), { event: `payment.${event.type}` });
}

/** Why it happened, as far as the event itself tells. */
function reasonOf(event: PaymentEvent) {
  switch (event.type) {
    case 'failed':
      return { failureCode: event.failure.code, declineCode: event.failure.declineCode };
    case 'reverted':
      return { revertMethod: event.revertMethod, reason: event.reason };
    case 'refund_pending':
    case 'refunded':
    case 'refund_failed': {
      const { type: _, ...refund } = event;
      return { refund };
    }
    case 'disputed':
    case 'dispute_closed':
      return { dispute: event.dispute };
    case 'review_needed':
      return { review: event.reason };
    case 'reviewed':
      return { note: event.note };
    default:
      return {};
  }
}
