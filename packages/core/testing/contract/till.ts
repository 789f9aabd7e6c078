import {
  apply,
  decideRelease,
  decideReport,
  decideRevert,
  type GatewayCall,
  type GatewayReply,
  type IntentSnapshot,
  type Money,
  type Operation,
  type Payment,
  type PaymentGateway,
  type Refusal,
  type Step,
} from '@campusg-pay/core';
import type { Result } from 'neverthrow';
import { asked, at, opens } from '../samples.js';
import { INSTALLATION, usd } from '../system.js';
import { got } from './outcome.js';

/** What a gateway suite needs: the gateway, and what can be paid with at it. */
export interface GatewaySetup {
  readonly gateway: PaymentGateway;
  readonly cards: {
    readonly good: string;
    readonly declined: string;
    readonly needsAuthentication: string;
  };
  /** A customer with a default card, as the gateway names both. */
  readonly customer: { readonly id: string; readonly defaultCard: string };
  /** A customer without any card. */
  readonly customerWithoutCard: string;
  readonly amount?: Money;
  /**
   * The gateway's time, where it is not the real one: all that the suite asks is asked as of then.
   *
   * @default the time of this process
   */
  readonly now?: () => Date;
  /**
   * Sees to it that of several holds under one key at once not all are answered, where that can be
   * done from a program.
   */
  readonly collide?: () => void;
  /** Fresh connected accounts, where such can be had from a program. */
  readonly accounts?: {
    /** It takes transfers. */
    readonly able: string;
    /** It takes none yet. */
    readonly unable: string;
    /** All that it has goes to its bank. */
    readonly payOut: (stripeAccount: string) => Promise<void>;
  };
  /** Does what the customer does at the bank's page, where that can be done from a program. */
  readonly approve?: (paymentIntentId: string) => Promise<void>;
}

/** Makes calls as the service does: every operation is decided by the rules, never made up. */
export interface Till {
  readonly setup: GatewaySetup;
  /** A payment that owes its authorize. */
  asking(card: string, customer?: string): Payment;
  /** Makes the call that is owed and takes the answer in. */
  call(payment: Payment): Promise<Told>;
  /** A payment held on the good card. */
  hold(): Promise<Payment>;
  releasing(payment: Payment): Payment;
  reverting(payment: Payment): Payment;
}

/** An answer, and what the payment became by it. */
export interface Told {
  readonly reply: GatewayReply;
  readonly payment: Payment;
}

export function till(setup: GatewaySetup): Till {
  const { gateway, cards, customer, amount = usd(2098) } = setup;
  const now = () => nowAt(setup);
  const asking: Till['asking'] = (paymentMethodId, stripeCustomerId = customer.id) => {
    const askedAt = now();
    const facts = { paymentMethodId, stripeCustomerId, amount };
    return asked({ ...facts, createdAt: askedAt, updatedAt: askedAt });
  };
  const decided = (payment: Payment, steps: Result<Step[], Refusal>): Payment =>
    apply(payment, got(steps), now()).payment;
  const call: Till['call'] = async (payment) => {
    const reply = got(await gateway.perform(owed(payment)));
    const decision = decideReport(payment, reply.report, at(now()));
    if ('ask' in decision) throw new Error(`a reply must tell all: ${decision.ask.because}`);
    return { reply, payment: apply(payment, decision.steps, now()).payment };
  };
  return {
    setup,
    asking,
    call,
    hold: async () => (await call(asking(cards.good))).payment,
    releasing: (payment) =>
      decided(payment, decideRelease(payment, { runnerId: 'runner' }, at(now()))),
    reverting: (payment) =>
      decided(payment, decideRevert(payment, { reason: 'changed my mind' }, at(now()))),
  };
}

/** The same call made once more, by somebody who took it over later. */
export function secondAttempt(payment: Payment): Payment {
  const { operation } = owed(payment);
  const leaseUntil = new Date(operation.leaseUntil.getTime() + 60_000);
  const leased = {
    type: 'operation_leased',
    leaseUntil,
    attempts: operation.attempts + 1,
  } as const;
  return apply(payment, [leased], operation.leaseUntil).payment;
}

/** The same call as something new: under a key of its own. */
export function underNewKey(payment: Payment): Payment {
  const { operation } = owed(payment);
  const again = { ...operation, key: `key-${crypto.randomUUID()}` };
  return { ...payment, operation: again } as Payment;
}

type Call<One = Operation> = One extends Operation ? Pick<One, 'kind' | 'params'> : never;

/** The call of any operation for a payment, whatever it owes. */
export function callFor(payment: Payment, call: Call): GatewayCall {
  const step = opens(call);
  if (step.type !== 'operation_opened') throw new Error('bug: it opens one');
  return { payment, operation: step.operation, installation: INSTALLATION.id };
}

/** What a reply says about the PaymentIntent. */
export function intentIn({ report }: GatewayReply): IntentSnapshot {
  if (report.type !== 'intent') throw new Error(`no intent but ${JSON.stringify(report)}`);
  return report.intent;
}

export function owed(payment: Payment): GatewayCall {
  const { operation } = payment;
  if (operation === null) throw new Error(`payment ${payment.id} owes no call`);
  return { payment, operation, installation: INSTALLATION.id };
}

/** What the gateway's clock says. */
export function nowAt({ now = () => new Date() }: Pick<GatewaySetup, 'now'>): Date {
  return now();
}
