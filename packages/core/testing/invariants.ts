import {
  type Announcement,
  agrees,
  givenBackMinor,
  isAlive,
  isLive,
  isNumbered,
  isOverdrawn,
  isWhole,
  type Payment,
  type PaymentEventType,
  whereTo,
} from '@campusg-pay/core';
import type { Evidence, Invariant, LedgerIntent } from './judged.js';
import { MONEY_INVARIANTS } from './money-invariants.js';

/** What must be true of payments whatever repeats, races, fails or comes late. */
export const INVARIANTS: readonly Invariant[] = [
  {
    name: 'an order has at most one live payment',
    holds: 'always',
    broken: ({ payments }) => crowded(payments.filter(isLive).map(({ orderId }) => orderId)),
  },
  {
    name: 'an order has at most one PaymentIntent that can hold or keep money',
    holds: 'always',
    broken: ({ intents }) => crowded(intents.filter(isAlive).map(({ orderId }) => orderId)),
  },
  {
    name: 'a payment has at most one PaymentIntent',
    holds: 'always',
    broken: ({ intents }) => crowded(intents.map(({ paymentId }) => paymentId)),
  },
  {
    name: 'a user has at most one Stripe customer',
    holds: 'always',
    broken: ({ customerIds }) => crowded(customerIds),
  },
  {
    name: 'no more is captured than was held, and no more refunded than captured',
    holds: 'always',
    broken: ({ intents }) =>
      intents
        .filter(isOverdrawn)
        .map((it) => `${it.paymentIntentId} ${it.receivedMinor} ${it.refundedMinor}`),
  },
  {
    name: 'a PaymentIntent is captured at most once, and never captured and canceled',
    holds: 'always',
    broken: ({ intents }) =>
      intents
        .filter((it) => it.captures > 1 || (it.captures > 0 && it.status === 'canceled'))
        .map((it) => `${it.paymentIntentId} ${it.status} ${it.captures}`),
  },
  {
    name: 'FAILED means that nothing is held, and that nothing can be any more',
    holds: 'always',
    broken: (evidence) =>
      pairs(evidence, 'FAILED').flatMap(({ payment, intent }) =>
        intent === null || intent.status === 'canceled' ? [] : [tell(payment, intent)],
      ),
  },
  {
    name: 'REVERTED means that the hold is gone or the money given back',
    holds: 'always',
    broken: (evidence) =>
      pairs(evidence, 'REVERTED').flatMap(({ payment, intent }) =>
        intent === null || isAlive(intent) ? [tell(payment, intent)] : [],
      ),
  },
  {
    name: 'RELEASED means that the whole amount was received, or a person is told',
    holds: 'always',
    broken: (evidence) =>
      pairs(evidence, 'RELEASED').flatMap(({ payment, intent }) => {
        const { receivedMinor } = payment.status === 'RELEASED' ? payment : { receivedMinor: 0 };
        const same = intent?.receivedMinor === receivedMinor;
        return isWhole(payment) && same ? [] : [tell(payment, intent)];
      }),
  },
  {
    name: 'a history is numbered from 1 without gaps, and told in the same order, once each',
    holds: 'always',
    broken: ({ payments, histories, announcements }) =>
      payments.flatMap(({ id, version }) => {
        const recorded = (histories.get(id) ?? []).map((entry) => entry.version);
        const told = announcements.filter((one) => one.paymentId === id);
        const announced = told.map((one) => one.version);
        return isNumbered(recorded, version) && isNumbered(announced, version)
          ? []
          : [`${id} has ${version} events, recorded ${recorded}, announced ${announced}`];
      }),
  },
  {
    name: 'a command is answered at most once, and by what it asked for',
    holds: 'always',
    broken: ({ announcements }) => {
      const answers = announcements.filter(({ answers }) => answers !== null);
      const names = answers.map((one) => `${one.paymentId} ${one.correlationId} ${one.answers}`);
      const wrong = answers.filter(({ answers, event }) => !isAnswer(answers, event.type));
      return [...crowded(names), ...wrong.map(({ id, answers }) => `${id} answers ${answers}`)];
    },
  },
  {
    name: 'a history follows the transition table to the status, and ends where it is final',
    holds: 'always',
    broken: ({ payments, histories }) =>
      payments.flatMap((payment) => {
        const way = whereTo((histories.get(payment.id) ?? []).map(({ event }) => event.type));
        return way === payment.status ? [] : [`${payment.id} is ${payment.status} by ${way}`];
      }),
  },
  {
    name: 'what became of taken money is on record',
    holds: 'quiet',
    broken: (evidence) =>
      pairs(evidence).flatMap(({ payment, intent }) => {
        if (intent === null || !('refundedMinor' in payment)) return [];
        const givenMinor = payment.receivedMinor === 0 ? 0 : (givenBackMinor(intent) ?? 0);
        const dispute = intent.dispute ?? null;
        const told = `${payment.refundedMinor} ${payment.dispute?.status ?? 'undisputed'}`;
        const done = `${givenMinor} ${dispute?.status ?? 'undisputed'}`;
        return told === done ? [] : [`${tell(payment, intent)}: ${done}, by the record ${told}`];
      }),
  },
  {
    name: 'nothing is owed for ever',
    holds: 'quiet',
    broken: ({ payments }) =>
      payments
        .filter(({ operation }) => operation !== null)
        .map(({ id, operation }) => `${id} owes a ${operation?.kind}`),
  },
  {
    name: 'the record agrees with the gateway',
    holds: 'quiet',
    broken: (evidence) => [
      ...pairs(evidence).flatMap(({ payment, intent }) =>
        agrees(payment, intent) ? [] : [tell(payment, intent)],
      ),
      ...evidence.intents
        .filter(({ paymentId }) => evidence.payments.every(({ id }) => id !== paymentId))
        .map(({ paymentIntentId }) => `${paymentIntentId} belongs to no payment`),
    ],
  },
  ...MONEY_INVARIANTS,
];

/** All that is broken, each with the name of the invariant that it breaks. */
export function brokenInvariants(
  evidence: Evidence,
  { quiet }: { readonly quiet: boolean },
): readonly string[] {
  return INVARIANTS.filter(({ holds }) => quiet || holds === 'always').flatMap(({ name, broken }) =>
    broken(evidence).map((what) => `${name}: ${what}`),
  );
}

function isAnswer(command: Announcement['answers'], event: PaymentEventType): boolean {
  if (command === 'authorize') return event === 'authorized' || event === 'failed';
  if (command === 'release') return event === 'released';
  // A part that was asked for is an answer as well.
  return event === 'reverted' || event === 'refunded';
}

function crowded(names: readonly string[]): readonly string[] {
  return names.filter((name, index) => names.indexOf(name) !== index);
}

function pairs({ payments, intents }: Evidence, status?: Payment['status']) {
  return payments
    .filter((payment) => status === undefined || payment.status === status)
    .map((payment) => ({
      payment,
      intent: intents.find(({ paymentId }) => paymentId === payment.id) ?? null,
    }));
}

function tell({ id, status }: Payment, intent: LedgerIntent | null): string {
  return intent === null
    ? `${id} is ${status} without an intent`
    : `${id} is ${status}, ${intent.paymentIntentId} is ${intent.status}`;
}
