import type { KafkaFault, NamingError, NoKafka } from '@campusg-pay/adapters';
import type { Fault, OperationKind, Payment, Refusal, Status } from '@campusg-pay/core';
import { EXIT } from './exit.js';
import { explainFault } from './explain.js';
import { tell } from './output.js';

const CALLS: Readonly<Record<OperationKind, string>> = {
  authorize: 'the authorize',
  capture: 'a capture',
  void: 'a void',
  refund: 'a refund',
};

const NOT_FROM: Readonly<Record<Status, string>> = {
  INITIATING: 'nothing is held yet',
  AUTHORIZED: 'the amount is held',
  RELEASED: 'the amount is captured',
  REVERTED: 'nothing is held or kept any more',
  FAILED: 'nothing was ever held',
};

/** Why the rules say no, in a sentence for an operator. */
export function explainRefusal(refusal: Refusal): string {
  switch (refusal.type) {
    case 'PaymentNotFound':
      return 'There is no such payment.';
    case 'WrongStatus':
      return `The payment is ${refusal.status}: ${NOT_FROM[refusal.status]}.`;
    case 'OperationInProgress':
      return `The payment is ${refusal.status}, and ${CALLS[refusal.kind]} is under way.`;
    case 'OvertakenByAnother':
      return `Another command was faster: the payment is now ${refusal.status}.`;
    case 'Contradiction':
      return `The payment is ${refusal.status} with another ${refusal.field}.`;
    case 'HoldExpired':
      return `The hold has lapsed (${refusal.captureBefore.toISOString()}): there is nothing to capture.`;
    case 'NeedsReview':
      return `A person must see to it first: ${refusal.reason}.`;
    case 'GatewayRefused':
      return `Stripe refused it (${refusal.detail}). The payment is still ${refusal.status}.`;
    case 'PaymentIdTaken':
    case 'NoPaymentMethod':
    case 'StripeCustomerUnknown':
    case 'NotAuthorized':
    case 'HoldRejected':
      // Answers to an authorize, which operators don't ask for.
      return `It was refused: ${refusal.type}.`;
  }
}

/** The Stripe that is configured does not know the payment. */
interface UnknownToStripe {
  readonly type: 'UnknownToStripe';
  readonly payment: Payment;
}

/** Tells why a command ends, and with which code. */
export function fail(
  error: Refusal | Fault | NamingError | UnknownToStripe | KafkaFault | NoKafka,
): number {
  switch (error.type) {
    case 'KafkaUnavailable':
      tell(`${error.message}.`);
      return EXIT.fault;
    case 'NoKafka':
      tell('KAFKA_BROKERS is not set: the log of the service is where events go.');
      return EXIT.fault;
    case 'UnknownToStripe':
      tell(
        `Stripe does not know ${error.payment.paymentIntentId}: STRIPE_SECRET_KEY is of another account or mode. Nothing was done.`,
      );
      return EXIT.refused;
    case 'DatabaseUnavailable':
    case 'GatewayUnavailable':
      tell(explainFault(error));
      return EXIT.fault;
    case 'NothingNamed':
      tell(`There is no payment, order or PaymentIntent ${error.text}.`);
      return EXIT.refused;
    case 'AmbiguousName':
      tell(
        `${error.text} is a payment and another payment's order: write payment:${error.text} or order:${error.text}.`,
      );
      return EXIT.refused;
    default:
      tell(explainRefusal(error));
      return EXIT.refused;
  }
}
