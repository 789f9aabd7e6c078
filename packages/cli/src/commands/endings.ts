import type { KafkaFault, NoKafka, NotInstalled } from '@campusg-pay/adapters';
import { problemOf } from '@campusg-pay/adapters/contract';
import type { Fault, NamingError, Payment, Refusal } from '@campusg-pay/core';
import { EXIT } from '../terminal/exit-codes.js';
import { clean, printJson, tell } from '../terminal/output.js';
import type { RefusedDocument } from '../wording/documents.js';
import { explainFault, explainPart } from '../wording/faults.js';
import { explainRefusal } from '../wording/refusals.js';

/** The Stripe that is configured does not know the payment. */
interface UnknownToStripe {
  readonly type: 'UnknownToStripe';
  readonly payment: Payment;
}

/** How a command ends that does not do what it was asked for. */
export interface Ending {
  /** For machines; that of HTTP where it has one. */
  readonly code: string;
  /** A sentence for people. */
  readonly message: string;
  readonly exit: typeof EXIT.refused | typeof EXIT.fault;
}

type Failing =
  | Refusal
  | Fault
  | NamingError
  | UnknownToStripe
  | KafkaFault
  | NoKafka
  | NotInstalled;

/** Tells why a command ends, and with which code. */
export function fail(error: Failing): number {
  const { message, exit } = endingOf(error);
  tell(message);
  return exit;
}

/** The same for a command that acts, whose scripts are promised a document however it ends. */
export function failAct(error: Failing, options: { readonly json?: true }): Promise<number> {
  return endAct(endingOf(error), options);
}

/** Tells how an act ends: a sentence on stderr, and a document where one is wanted. */
export async function endAct(
  { code, message, exit }: Ending,
  { json }: { readonly json?: true },
): Promise<number> {
  tell(message);
  const outcome = exit === EXIT.refused ? 'refused' : 'fault';
  const document: RefusedDocument = { outcome, error: { code, message } };
  if (json) await printJson(document);
  return exit;
}

/** An end by the rules. */
export function refused(code: string, message: string): Ending {
  return { code, message, exit: EXIT.refused };
}

function endingOf(error: Failing): Ending {
  switch (error.type) {
    case 'KafkaUnavailable':
      return { code: 'kafka_unavailable', message: `${error.message}.`, exit: EXIT.fault };
    case 'NotInstalled':
      return { code: 'not_installed', message: explainPart(error, null), exit: EXIT.fault };
    case 'NoKafka': {
      const message = 'KAFKA_BROKERS is not set: events go to the log of the service.';
      return { code: 'kafka_not_configured', message, exit: EXIT.fault };
    }
    case 'UnknownToStripe':
      return refused(
        'unknown_to_stripe',
        `Stripe does not know ${error.payment.paymentIntentId}: STRIPE_SECRET_KEY is of another account or mode. Nothing was done.`,
      );
    case 'DatabaseUnavailable':
    case 'GatewayUnavailable':
      return { code: problemOf(error).code, message: explainFault(error), exit: EXIT.fault };
    case 'NothingNamed':
      return refused(
        'payment_not_found',
        `There is no payment, order or PaymentIntent ${clean(error.text)}.`,
      );
    case 'AmbiguousName': {
      const text = clean(error.text);
      const choice = `write payment:${text} or order:${text}.`;
      const message = `${text} is a payment and another payment's order: ${choice}`;
      return refused('ambiguous_name', message);
    }
    default:
      return refused(problemOf(error).code, explainRefusal(error));
  }
}
