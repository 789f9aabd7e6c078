import type { CallLimits, Finding, PaymentEventType, Urgency } from '@campusg-pay/core';
import type { ConsumerState } from '../kafka/consumer-state.js';
import type { Figures } from '../postgres/jobs/figures.js';
import type { GatewayCallNote } from '../stripe/exchange.js';

/** How things stand at the moment. */
export interface ServiceFigures extends Figures {
  readonly outboxRows: number;
  /** Age of the event that waits longest to be published; 0 when none does. */
  readonly outboxOldestSeconds: number;
}

/** What is counted, for Prometheus and what reads its format. Nothing in it names a customer. */
export interface Metrics {
  event(type: PaymentEventType): void;
  stripeCall(note: GatewayCallNote): void;
  /** A call to Stripe had to wait for its turn, for so many milliseconds. */
  onWaited(urgency: Urgency, ms: number): void;
  /** A call to Stripe could not have its turn in time. */
  onRefused(urgency: Urgency): void;
  finding(type: Finding['type']): void;
  /** What Stripe sent and nobody could read. Replies are counted by `stripeCall`. */
  unreadable(what: 'webhook' | 'listed_event' | 'listed_intent', count: number): void;
  request(answered: { readonly route: string; readonly status: number; readonly ms: number }): void;
  /**
   * All of it as text, with the figures of now: `standing` is null while the database does not
   * answer, `consumer` where no commands come over Kafka.
   */
  expose(now: {
    readonly standing: ServiceFigures | null;
    readonly consumer: ConsumerState | null;
    /** How many calls to Stripe a second are held to be allowed, by limit. */
    readonly rates: ReturnType<CallLimits['rates']>;
  }): Promise<{ readonly contentType: string; readonly text: string }>;
}
