import { wrapBehind } from '../terminal/line-wrap.js';
import { clean, print } from '../terminal/output.js';
import type { ServiceAnswer } from './service-client.js';

/** What a step should come back with: the HTTP status, and the payment's where there is one. */
export interface Expected {
  readonly http: number;
  readonly payment?: string;
}

/** Tells the story on stdout, and counts what went otherwise. */
export interface Show {
  readonly unexpected: number;
  title(text: string): Promise<void>;
  step(name: string, reply: ServiceAnswer, expected: Expected): Promise<void>;
  note(text: string): Promise<void>;
}

const INDENT = '  ';
const NAME_WIDTH = 'authorize  '.length;
const STATUS_WIDTH = 'INITIATING  '.length;

/** @param columns how wide the terminal is; undefined where nobody is watching: lines stay whole */
export function createShow(columns: number | undefined): Show {
  let unexpected = 0;
  return {
    get unexpected() {
      return unexpected;
    },
    title: (text) => print(['', text]),
    note: (text) => print(`${INDENT}${' '.repeat(NAME_WIDTH)}${text}`),
    step: (name, reply, expected) => {
      const status = paymentStatus(reply);
      const right = reply.status === expected.http && status === (expected.payment ?? status);
      if (!right) unexpected += 1;
      const start = `${INDENT}${name.padEnd(NAME_WIDTH)}${reply.status}  ${status.padEnd(STATUS_WIDTH)}`;
      const words = right ? inWords(reply) : `${inWords(reply)} <- not what was expected`;
      return print(wrapBehind(start, clean(words), { columns, from: start.length }));
    },
  };
}

/** The record's state. A revert's own `status` is "FAILED" for the guide's sake. */
export function paymentStatus({ body }: ServiceAnswer): string {
  return textOf(paymentIn(body).status ?? body.status);
}

function inWords({ body }: ServiceAnswer): string {
  const payment = paymentIn(body);
  if (body.description !== undefined && body.success === true) return textOf(body.description);
  if (body.success !== true) {
    return [body.declineCode ?? body.error, body.description].map(textOf).join(': ');
  }
  const amount = `${textOf(payment.amount)} ${textOf(payment.currency)}`;
  switch (payment.status) {
    case 'AUTHORIZED':
      return `${amount} held until ${textOf(payment.captureBefore).slice(0, 10)}`;
    case 'RELEASED':
      return `${amount} taken for ${textOf(payment.runnerId)}`;
    case 'REVERTED':
      return `${amount} given back: ${textOf(payment.reason)}`;
    default:
      return `nothing of ${amount} is held`;
  }
}

function paymentIn(body: ServiceAnswer['body']): Readonly<Record<string, unknown>> {
  const { payment } = body;
  return typeof payment === 'object' && payment !== null ? { ...payment } : {};
}

function textOf(value: unknown): string {
  return value === undefined || value === null ? '' : String(value);
}
