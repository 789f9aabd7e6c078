import { findNamed, onRecord, openReview } from '@campusg-pay/core';
import { EXIT } from '../../terminal/exit-codes.js';
import { print, printJson } from '../../terminal/output.js';
import type { ActedDocument } from '../../wording/documents.js';
import { paymentDocument } from '../../wording/payment-document.js';
import { type ActOptions, consent } from '../consent.js';
import { endAs, fail, refused } from '../endings.js';
import { withStripe } from '../session.js';

const NOTHING = refused('nothing_to_review', 'Nobody has to look at this payment.');

/** `campusg-pay payments reviewed` */
export function paymentsReviewedCommand(text: string, options: ActOptions): Promise<number> {
  return withStripe(async (session, ending) => {
    const named = await findNamed(session.looking, text);
    if (named.isErr()) return fail(named.error);
    const { payment } = named.value;
    const review = openReview(payment);
    if (review === null) return endAs(NOTHING);
    const { id, orderId, status } = payment;
    const plan = {
      question: `Say that somebody has looked at order ${orderId}`,
      consequences: [
        `Order ${orderId} is ${status}, and a person had to look: ${review}`,
        '  effect    It is listed no more, until something else is wrong; no money moves.',
        '  told      The platform hears payment.reviewed, with the reason that you give.',
      ],
      facts: { act: 'payments.reviewed', payment: paymentDocument(payment) },
    };
    const agreed = await consent(plan, options, session.config);
    if (agreed.isErr()) return agreed.error;
    if (ending.aborted) return EXIT.interrupted;
    const will = agreed.value;
    const facts = { ...will, act: 'payments.reviewed', payment, details: { review } };
    const done = await onRecord(session, facts, async () => {
      const value = await session.escrow.reviewed({
        payment: { paymentId: id },
        note: will.reason,
      });
      const result = value.isOk() ? 'reviewed' : value.error.type;
      const isFault = result === 'DatabaseUnavailable';
      return { outcome: value.isOk() ? 'done' : isFault ? 'fault' : 'refused', result, value };
    });
    if (done.isErr()) return fail(done.error);
    const ended = done.value;
    if (ended.isErr()) {
      return ended.error.type === 'NothingToReview' ? endAs(NOTHING) : fail(ended.error);
    }
    const document: ActedDocument = { outcome: 'done', payment: paymentDocument(ended.value) };
    if (options.json) await printJson(document);
    else await print(`Done: somebody has looked at order ${orderId}, which is ${status}.`);
    return EXIT.ok;
  });
}
