import type { Announcement, PaymentEvent, PaymentRepository } from '@campusg-pay/core';
import type { Logger } from 'pino';
import { type Background, repeat, troubleOf } from './background.js';
import { isReply, type Publisher, type Reply } from './outgoing.js';
import type { Outbox } from './postgres/outbox.js';

const BATCH = 500;

/** Another replica may have filled the outbox, so an idle look now and then is needed. */
const IDLE_PAUSE_MS = 500;

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

function described({ event, ...facts }: Announcement) {
  return { event: `payment.${event.type}`, ...facts, ...reasonOf(event) };
}

/** Why it happened, as far as the event itself tells. */
function reasonOf(event: PaymentEvent) {
  switch (event.type) {
    case 'failed':
      return { failureCode: event.failure.code, declineCode: event.failure.declineCode };
    case 'reverted':
      return { revertMethod: event.revertMethod, reason: event.reason };
    case 'review_needed':
      return { review: event.reason };
    default:
      return {};
  }
}

/** Moves announcements from the outbox to the publisher; each leaves only when it is accepted. */
export function startPublishing(parts: {
  readonly outbox: Outbox;
  readonly publisher: Publisher;
  readonly log: Logger;
}): Background {
  const { outbox, publisher, log } = parts;
  return repeat({
    round: async () => {
      const waiting = await outbox.next(BATCH);
      if (waiting.isErr()) throw waiting.error;
      if (waiting.value.length === 0) return IDLE_PAUSE_MS;
      await publisher.publish(waiting.value.map(({ announcement }) => announcement));
      const removed = await outbox.remove(waiting.value);
      if (removed.isErr()) throw removed.error;
      return waiting.value.length === BATCH ? 0 : IDLE_PAUSE_MS;
    },
    onError: (error) => log.warn(troubleOf(error), 'publishing events failed; will try again'),
    errorPauseMs: 2_000,
  });
}

/** The same repository, waking the publisher after each write that left an event. */
export function wakingPublisher(
  repository: PaymentRepository,
  wake: () => void,
): PaymentRepository {
  return {
    ...repository,
    save: async (change, webhook) => {
      const saved = await repository.save(change, webhook);
      if (saved.isOk() && saved.value === 'saved' && change.events.length > 0) wake();
      return saved;
    },
  };
}
