import { acceptReview, findNamed, type ToReview, toReview } from '@campusg-pay/core';
import { EXIT } from '../../terminal/exit-codes.js';
import { print, printJson } from '../../terminal/output.js';
import type { ActedDocument } from '../../wording/documents.js';
import { sentenceOf, titleOf } from '../../wording/finding-wording.js';
import { paymentDocument } from '../../wording/payment-document.js';
import { type ActOptions, consent, type Plan } from '../consent.js';
import { endAs, fail, refused } from '../endings.js';
import { withStripe } from '../session.js';

const NOTHING = refused('nothing_to_review', 'Nobody has to look at this payment.');

/** `campusg-pay payments reviewed` */
export function paymentsReviewedCommand(text: string, options: ActOptions): Promise<number> {
  return withStripe(async (session, ending) => {
    const named = await findNamed(session.looking, text);
    if (named.isErr()) return fail(named.error);
    const { payment } = named.value;
    const looked = await toReview(session, payment);
    if (looked.isErr()) return fail(looked.error);
    if (looked.value === null) return endAs(NOTHING);
    const agreed = await consent(planFor(looked.value), options, session.config);
    if (agreed.isErr()) return agreed.error;
    if (ending.aborted) return EXIT.interrupted;
    const done = await acceptReview(session, looked.value, agreed.value);
    if (done.isErr()) return fail(done.error);
    const ended = done.value;
    if (ended.isErr())
      return ended.error.type === 'NothingToReview' ? endAs(NOTHING) : fail(ended.error);
    const { orderId, status } = ended.value;
    const document: ActedDocument = { outcome: 'done', payment: paymentDocument(ended.value) };
    if (options.json) await printJson(document);
    else await print(`Done: somebody has looked at order ${orderId}, which is ${status}.`);
    return EXIT.ok;
  });
}

function planFor({ payment, review, findings }: ToReview): Plan {
  const { orderId, status } = payment;
  const marked = review === null ? 'it is not marked' : `a person had to look: ${review}`;
  return {
    question: `Say that somebody has looked at order ${orderId}`,
    consequences: [
      `Order ${orderId} is ${status}, and ${marked}`,
      ...findings.map((one) => `  accepts   ${titleOf(one.type)}: ${sentenceOf(one)}`),
      '  effect    It is listed no more, until something else is wrong; no money moves.',
      ...(findings.length === 0
        ? []
        : ['  later     Reconcile counts what is accepted, and tells it anew once it changes.']),
      ...(review === null
        ? []
        : ['  told      The platform hears payment.reviewed, with the reason that you give.']),
    ],
    facts: {
      act: 'payments.reviewed',
      payment: paymentDocument(payment),
      accepts: findings.map((one) => ({ finding: one.type, says: sentenceOf(one) })),
    },
  };
}
