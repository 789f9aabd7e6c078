import { findNamed, type Named, type Payment, runnerOf } from '@campusg-pay/core';
import { EXIT } from '../../terminal/exit-codes.js';
import { wrapBehind } from '../../terminal/line-wrap.js';
import { clean, paint, print, printJson, terminalWidth } from '../../terminal/output.js';
import type { ShownDocument } from '../../wording/documents.js';
import { paymentDocument } from '../../wording/payment-document.js';
import { endOfHold, fundsOf, styleOf } from '../../wording/payment-wording.js';
import { minuteOf } from '../../wording/time-wording.js';
import { fail } from '../endings.js';
import { withReadSide } from '../session.js';

/** `campusg-pay payments show` */
export async function paymentsShowCommand(
  text: string,
  { json }: { readonly json?: true },
): Promise<number> {
  return withReadSide(async (readSide) => {
    const found = await findNamed(readSide.looking, text);
    if (found.isErr()) return fail(found.error);
    if (json) await printJson(shownDocument(found.value));
    else await show(found.value, readSide.clock.now());
    return EXIT.ok;
  });
}

function shownDocument({ payment, others }: Named): ShownDocument {
  return { payment: paymentDocument(payment), others: others.map(paymentDocument) };
}

async function show({ payment, others }: Named, now: Date): Promise<void> {
  for (const [name, value] of factsOf(payment, now)) {
    const text = name === 'status' ? paint(styleOf(payment), value) : clean(value);
    const room = { columns: terminalWidth(), from: WIDTH };
    await print(wrapBehind(name.padEnd(WIDTH), text, room));
  }
  if (others.length === 0) return;
  await print(['', 'Other payments of this order:']);
  for (const { id, attempt, status, createdAt } of others) {
    await print(`  ${attempt}. ${status.padEnd(10)}  ${minuteOf(createdAt)}  ${id}`);
  }
}

const WIDTH = 16;

function factsOf(payment: Payment, now: Date): readonly (readonly [string, string])[] {
  const { id, orderId, attempt, status, customerId, paymentIntentId, operation } = payment;
  const { description, review, reviewed, createdAt, updatedAt } = payment;
  const facts: readonly (readonly [string, string | null])[] = [
    ['payment', id],
    ['order', attempt === 1 ? orderId : `${orderId} (its payment no. ${attempt})`],
    ['status', status],
    ['amount', fundsOf(payment)],
    ['what became', becameOf(payment)],
    ['customer', customerId],
    ['runner', runnerOf(payment)],
    ['PaymentIntent', paymentIntentId],
    ['hold ends', endOfHoldOf(payment, now)],
    ['open call', operation && `${operation.kind}, attempt ${operation.attempts}`],
    ['review', review === null || !reviewed ? review : `${review} (somebody has looked)`],
    ['description', description],
    ['created', `${minuteOf(createdAt)} UTC`],
    ['updated', `${minuteOf(updatedAt)} UTC`],
  ];
  return facts.flatMap(([name, value]) => (value === null ? [] : [[name, value] as const]));
}

function endOfHoldOf(payment: Payment, now: Date): string | null {
  const end = endOfHold(payment, now);
  if (end === '' || payment.status !== 'AUTHORIZED') return null;
  return payment.captureBefore === null ? end : `${minuteOf(payment.captureBefore)} UTC, ${end}`;
}

function becameOf(payment: Payment): string | null {
  if (payment.status === 'FAILED') {
    const { code, declineCode, message } = payment.failure;
    return `${declineCode ?? code}: ${message}`;
  }
  if (payment.status !== 'REVERTED') return null;
  const { revertMethod, reason } = payment;
  return reason === null ? revertMethod : `${revertMethod}: ${reason}`;
}
