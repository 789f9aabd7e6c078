import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import type { Metrics, ServiceFigures } from './metrics-port.js';

const PREFIX = 'campusg_pay_';
const SECONDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20];

/** What each figure is called, and what it means. */
const FIGURES: Readonly<Record<keyof ServiceFigures, { name: string; help: string }>> = {
  holdsExpiring: {
    name: 'holds_expiring',
    help: 'Holds that lapse within HOLD_EXPIRY_WARN_HOURS and are neither released nor reverted.',
  },
  openOperations: { name: 'operations_open', help: 'Calls to Stripe that are owed.' },
  overdueOperations: {
    name: 'operations_overdue',
    help: 'Calls to Stripe that are owed and that nobody is working on.',
  },
  underReview: { name: 'payments_under_review', help: 'Payments that a person should look at.' },
  commandsUnanswered: {
    name: 'commands_unanswered',
    help: 'Commands over Kafka that are not yet answered; some wait for a customer to authenticate.',
  },
  commandsOldestSeconds: {
    name: 'commands_oldest_seconds',
    help: 'Age of the oldest command over Kafka that was not carried out yet; 0 when there is none.',
  },
  commandsParked: {
    name: 'commands_parked',
    help: 'Messages over Kafka that could be neither carried out nor answered and wait for a person.',
  },
  outboxRows: { name: 'outbox_rows', help: 'Events that are not yet published.' },
  outboxOldestSeconds: {
    name: 'outbox_oldest_seconds',
    help: 'Age of the event that waits longest to be published.',
  },
};

/** Metrics of this process, in a registry of its own. */
export function createMetrics(): Metrics {
  const registers = [new Registry()];
  const [registry] = registers as [Registry];
  collectDefaultMetrics({ register: registry });
  const counter = <Label extends string>(name: string, help: string, labelNames: Label[]) =>
    new Counter({ name: `${PREFIX}${name}`, help, labelNames, registers });
  const histogram = <Label extends string>(name: string, help: string, labelNames: Label[]) =>
    new Histogram({ name: `${PREFIX}${name}`, help, labelNames, buckets: SECONDS, registers });
  const gauge = (name: string, help: string) =>
    new Gauge({ name: `${PREFIX}${name}`, help, registers });

  const events = counter('payment_events_total', 'What happened to payments.', ['type']);
  const findings = counter('findings_total', 'Where Stripe and the records disagreed.', ['type']);
  const unreadable = counter('stripe_unreadable_total', 'What Stripe sent and could not be read.', [
    'what',
  ]);
  const calls = histogram('stripe_call_seconds', 'Calls to Stripe.', ['call', 'outcome']);
  const waits = histogram('stripe_turn_seconds', 'Calls to Stripe that waited for their turn.', [
    'urgency',
  ]);
  const refused = counter(
    'stripe_turns_refused_total',
    'Calls to Stripe whose turn came too late.',
    ['urgency'],
  );
  const rate = new Gauge({
    name: `${PREFIX}stripe_calls_allowed`,
    help: 'Calls to Stripe a second that its limit is held to allow, all replicas together.',
    labelNames: ['limit'],
    registers,
  });
  const requests = histogram('http_request_seconds', 'HTTP requests.', ['route', 'status']);
  const database = gauge('database_up', 'Whether the database answered when this was read.');
  const consuming = gauge('command_consumer_up', 'Whether commands come in over Kafka.');
  const figured = Object.entries(FIGURES).map(([key, { name, help }]) => ({
    key: key as keyof ServiceFigures,
    gauge: gauge(name, help),
  }));

  return {
    event: (type) => events.inc({ type }),
    finding: (type) => findings.inc({ type }),
    unreadable: (what, count) => unreadable.inc({ what }, count),
    stripeCall: ({ call, outcome, durationMs }) => {
      calls.observe({ call, outcome }, durationMs / 1000);
      if (outcome === 'Unreadable') unreadable.inc({ what: 'reply' });
    },
    onWaited: (urgency, ms) => waits.observe({ urgency }, ms / 1000),
    onRefused: (urgency) => refused.inc({ urgency }),
    request: ({ route, status, ms }) => requests.observe({ route, status }, ms / 1000),
    expose: async ({ standing, consumer, rates }) => {
      for (const { limit, perSecond } of rates) rate.set({ limit }, perSecond);
      database.set(standing === null ? 0 : 1);
      if (consumer === null) consuming.remove();
      else consuming.set(consumer === 'running' ? 1 : 0);
      for (const one of figured) {
        // A figure of an hour ago would look like one of now.
        if (standing === null) one.gauge.remove();
        else one.gauge.set(standing[one.key]);
      }
      return { contentType: registry.contentType, text: await registry.metrics() };
    },
  };
}
