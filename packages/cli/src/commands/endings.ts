import type { KafkaFault, NoKafka, NotInstalled } from '@campusg-pay/adapters';
import { problemOf } from '@campusg-pay/adapters/contract';
import type { Fault, NamingError, Payment, Refusal, TransferRefusal } from '@campusg-pay/core';
import { EXIT } from '../terminal/exit-codes.js';
import { clean, hasWritten, printJsonLine, tell } from '../terminal/output.js';
import type { EndedDocument } from '../wording/documents.js';
import { explainFault, explainPart } from '../wording/faults.js';
import { explainRefusal, explainTransferRefusal } from '../wording/refusals.js';

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
  readonly exit: keyof typeof OUTCOMES;
}

const OUTCOMES = {
  [EXIT.usage]: 'usage',
  [EXIT.refused]: 'refused',
  [EXIT.fault]: 'fault',
  [EXIT.interrupted]: 'interrupted',
} as const;

type Failing =
  | Refusal
  | TransferRefusal
  | Fault
  | NamingError
  | UnknownToStripe
  | KafkaFault
  | NoKafka
  | NotInstalled;

/** Tells why a command ends, and with which code. */
export function fail(error: Failing): Promise<number> {
  return endAs(endingOf(error));
}

/** Tells why a command that prints its own document ends, and with which code. */
export function tellWhy(error: Failing): Ending['exit'] {
  const { message, exit } = endingOf(error);
  tell(message);
  return exit;
}

/** Ends a command whose command line or configuration is wrong. */
export function wrongUsage(message: string | readonly string[]): Promise<number> {
  const lines = typeof message === 'string' ? [message] : message;
  tell(lines);
  return endUnsaid({ code: 'usage', message: lines.join(' '), exit: EXIT.usage });
}

/** Ends a command that was interrupted; with a sentence where whoever left may wonder. */
export async function interrupted(message?: string): Promise<number> {
  if (message !== undefined) tell(message);
  const said = message ?? 'Interrupted.';
  return endUnsaid({ code: 'interrupted', message: said, exit: EXIT.interrupted });
}

/** Tells how a command ends: a sentence on stderr, and a document on stdout where one is wanted. */
export function endAs(ending: Ending): Promise<number> {
  tell(ending.message);
  return endUnsaid(ending);
}

/** The same where the sentence was told already. */
export async function endUnsaid({ code, message, exit }: Ending): Promise<number> {
  const document: EndedDocument = { outcome: OUTCOMES[exit], error: { code, message } };
  // As one line: it may be the last of many.
  if (machine) await printJsonLine(document);
  return exit;
}

/** Whether whoever runs the command reads JSON, and its ending too. */
let machine = false;

/**
 * Runs a command for whoever wants JSON, or does not: one that ends otherwise than well and has not
 * said a word on stdout is given a document by which its end can be read.
 */
export async function endingWell(json: boolean, run: () => Promise<number>): Promise<number> {
  machine = json;
  const code = await run();
  if (!json || hasWritten() || !isEnd(code)) return code;
  const message = 'The command ended as its exit code says; stderr tells why.';
  return endUnsaid({ code: OUTCOMES[code], message, exit: code });
}

function isEnd(code: number): code is Ending['exit'] {
  return code in OUTCOMES;
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
    case 'NoTransfer':
      return refused('no_transfer', explainTransferRefusal(error));
    case 'WrongTransferStatus':
      return refused('transfer_state_conflict', explainTransferRefusal(error));
    default:
      return refused(problemOf(error).code, explainRefusal(error));
  }
}
