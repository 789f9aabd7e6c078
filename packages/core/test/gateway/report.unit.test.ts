import {
  type Dispute,
  decideReport,
  type IntentSnapshot,
  type IntentStatus,
  isLive,
  type Payment,
  type RefundSnapshot,
  type Report,
  type ReportDecision,
  type Step,
} from '@campusg-pay/core';
import { INSTALLATION } from '@campusg-pay/core/testing';
import { describe, expect, it } from 'vitest';
import { asked, at, DECLINED, held, intentOf } from '../../testing/samples.js';
import { ALL_SITUATIONS, SITUATIONS, type Situation } from '../situations.js';

const INTENT_STATUSES: readonly IntentStatus[] = [
  'requires_payment_method',
  'requires_confirmation',
  'requires_action',
  'processing',
  'requires_capture',
  'succeeded',
  'canceled',
  'unknown',
];

const FAILED = 'refund_failed, review';
const CAPTURED_OUTSIDE = 'authorized, released, review';

/**
 * What Stripe's word on the PaymentIntent means in every situation, as the steps to take: how the
 * open call ended, what the payment became, which call is owed now. What is not listed changes
 * nothing, so a report that comes late or twice is harmless.
 */
const MEANINGS: Readonly<Record<Situation, Partial<Record<IntentStatus, string>>>> = {
  asking: {
    requires_payment_method: 'done, learned, void to fail',
    requires_confirmation: 'done, learned, void to fail',
    requires_action: 'done, learned, requires_action',
    processing: 'done, learned',
    requires_capture: 'done, learned, authorized',
    succeeded: `done, learned, ${CAPTURED_OUTSIDE}`,
    canceled: 'done, learned, failed',
    unknown: 'done, learned',
  },
  'asking, to be reverted then': {
    requires_payment_method: 'done, learned, void to revert',
    requires_confirmation: 'done, learned, void to revert',
    requires_action: 'done, learned, void to revert',
    processing: 'done, learned',
    requires_capture: 'done, learned, void to revert',
    succeeded: `done, learned, ${CAPTURED_OUTSIDE}`,
    canceled: 'done, learned, canceled',
    unknown: 'done, learned',
  },
  'known, nothing owed': {
    requires_payment_method: 'void to fail',
    requires_confirmation: 'void to fail',
    requires_action: 'requires_action',
    requires_capture: 'authorized',
    succeeded: CAPTURED_OUTSIDE,
    canceled: 'failed',
  },
  'known, to be reverted': {
    requires_payment_method: 'void to revert',
    requires_confirmation: 'void to revert',
    requires_action: 'void to revert',
    requires_capture: 'void to revert',
    succeeded: CAPTURED_OUTSIDE,
    canceled: 'canceled',
  },
  'waiting for the customer': {
    requires_payment_method: 'void to fail',
    requires_confirmation: 'void to fail',
    requires_capture: 'authorized',
    succeeded: CAPTURED_OUTSIDE,
    canceled: 'failed',
  },
  'canceled after a decline': {
    succeeded: `superseded, ${CAPTURED_OUTSIDE}`,
    canceled: 'done, failed',
  },
  'canceled on request': {
    succeeded: `superseded, ${CAPTURED_OUTSIDE}`,
    canceled: 'done, canceled',
  },
  held: { succeeded: 'released, review', canceled: 'voided' },
  'held, and told that it lapses soon': { succeeded: 'released, review', canceled: 'voided' },
  capturing: { succeeded: 'done, released', canceled: 'superseded, voided' },
  'capturing before the hold lapses': {
    succeeded: 'done, released',
    canceled: 'superseded, voided',
  },
  voiding: { succeeded: 'superseded, released, review', canceled: 'done, voided' },
  released: { canceled: 'review' },
  'released by somebody else': { canceled: 'review' },
  'captured before the hold lapsed': { canceled: 'review' },
  refunding: { canceled: 'review' },
  'refund pending': { canceled: 'review' },
  disputed: { canceled: 'review' },
  voided: { succeeded: 'review' },
  lapsed: { succeeded: 'review' },
  canceled: { succeeded: 'review' },
  refunded: { canceled: 'review' },
  failed: { succeeded: 'review' },
  'failed without an intent': {
    requires_payment_method: 'review',
    requires_confirmation: 'review',
    requires_action: 'review',
    processing: 'review',
    requires_capture: 'review',
    succeeded: 'review',
    unknown: 'review',
  },
};

describe.each(ALL_SITUATIONS)('a payment that is %s', (situation) => {
  it.each(INTENT_STATUSES)('hears from Stripe that its intent is %s', (status) => {
    const payment = SITUATIONS[situation]();
    const decision = decideReport(payment, told(payment, { status }), at());
    expect(inWords(decision)).toBe(MEANINGS[situation][status] ?? 'nothing');
  });

  it.each(INTENT_STATUSES)('hears from a webhook that its intent is %s', (status) => {
    const payment = SITUATIONS[situation]();
    const webhook = told(payment, { status, captureBefore: null }, { authoritative: false });
    const meaning = MEANINGS[situation][status] ?? 'nothing';
    // Where it tells too little, contradicts the record, or would have us call, Stripe is asked.
    const asks = /^review|authorized|void to/.test(meaning);
    expect(inWords(decideReport(payment, webhook, at()))).toBe(asks ? 'ask' : meaning);
  });

  it('hears that an amount, a currency or an intent is not its own, and moves nowhere', () => {
    const payment = SITUATIONS[situation]();
    const wrong: Partial<IntentSnapshot>[] = [{ amountMinor: 2099 }, { currency: 'EUR' }];
    if (payment.paymentIntentId !== null) wrong.push({ paymentIntentId: 'pi_of_another' });
    for (const status of INTENT_STATUSES) {
      for (const fact of wrong) {
        const decision = decideReport(payment, told(payment, { status, ...fact }), at());
        expect(inWords(decision)).toBe('review');
      }
    }
  });

  it('is marked for a person once per reason', () => {
    const payment = SITUATIONS[situation]();
    const report = told(payment, { amountMinor: 2099 });
    const decision = decideReport(payment, report, at());
    const reason = 'amount at the gateway is 2099 USD';
    expect(decision).toEqual({ steps: [{ type: 'review_needed', reason }] });
    const marked = { ...payment, review: reason } as Payment;
    expect(decideReport(marked, report, at())).toEqual({ steps: [] });
  });

  it('follows a hint by asking, as long as it is live', () => {
    const payment = SITUATIONS[situation]();
    const hint = { type: 'hint', paymentIntentId: 'pi', because: 'charge.refunded' } as const;
    const final = payment.status === 'REVERTED' || payment.status === 'FAILED';
    const decision = decideReport(payment, hint, at());
    expect(inWords(decision)).toBe(final ? 'nothing' : 'ask');
  });

  it('takes a definite no to its authorize as its end, and no other', () => {
    const payment = SITUATIONS[situation]();
    const no = (operationKey: string): Report => ({
      type: 'not_created',
      operationKey,
      failure: DECLINED,
      param: null,
    });
    const authorizing = payment.operation?.kind === 'authorize';
    const key = payment.operation?.key ?? 'none';
    if (authorizing) expect(inWords(decideReport(payment, no(key), at()))).toBe('refused, failed');
    expect(inWords(decideReport(payment, no('key-of-another'), at()))).toBe('nothing');
  });

  it('takes a PaymentIntent that Stripe does not know as the end of its own call only', () => {
    const payment = SITUATIONS[situation]();
    const missing = (operationKey: string): Report => ({ type: 'intent_missing', operationKey });
    expect(decideReport(payment, missing('key-of-another'), at())).toEqual({ steps: [] });
    const { operation } = payment;
    if (operation === null) return;
    expect(inWords(decideReport(payment, missing(operation.key), at()))).toBe('refused, review');
  });

  it.each(['failed', 'canceled'] as const)(
    'takes a refund that is %s as news where money was taken',
    (end) => {
      const payment = SITUATIONS[situation]();
      const { status } = payment;
      const isTaken = status === 'RELEASED' || status === 'REVERTED';
      // What waits for this very refund waits no longer.
      const news = situation === 'refund pending' ? 'refused, refund_failed, review' : FAILED;
      const decision = decideReport(payment, refundIs(payment, end), at());
      expect(inWords(decision)).toBe(isTaken ? news : isLive(payment) ? 'ask' : 'nothing');
    },
  );

  it.each(['pending', 'succeeded'] as const)(
    'asks what the sum is where a refund is %s',
    (standing) => {
      const payment = SITUATIONS[situation]();
      const decision = decideReport(payment, refundIs(payment, standing), at());
      expect(inWords(decision)).toBe(isLive(payment) ? 'ask' : 'nothing');
    },
  );

  it('marks a payment that is disputed, and keeps the dispute where money was taken', () => {
    const payment = SITUATIONS[situation]();
    const { status } = payment;
    const isTaken = status === 'RELEASED' || status === 'REVERTED';
    const decision = decideReport(payment, disputeIs(payment, 'needs_response'), at());
    expect(inWords(decision)).toBe(isTaken ? 'disputed, review' : 'review');
  });
});

describe('a refused call', () => {
  it.each([
    ['capturing', 'requires_capture'],
    ['voiding', 'requires_capture'],
    ['canceled on request', 'processing'],
    ['canceled after a decline', 'requires_payment_method'],
    ['refunding', 'succeeded'],
  ] as const)('is closed as refused where the intent is as it was: %s', (situation, status) => {
    const payment = SITUATIONS[situation]();
    const operationKey = payment.operation?.key ?? '';
    const refused = { operationKey, detail: 'account_frozen', final: false };
    const decision = decideReport(payment, told(payment, { status }, { refused }), at());
    expect(decision).toEqual({
      steps: [
        {
          type: 'operation_closed',
          key: operationKey,
          outcome: 'refused',
          detail: 'account_frozen',
        },
      ],
    });
  });

  it('marks the payment for a person where that is final, and only once', () => {
    const payment = SITUATIONS.refunding();
    const operationKey = payment.operation?.key ?? '';
    const refused = { operationKey, detail: 'charge_disputed', final: true };
    const report = told(payment, { status: 'succeeded' }, { refused });
    expect(inWords(decideReport(payment, report, at()))).toBe('refused, review');
    const marked = { ...payment, review: 'refund refused: charge_disputed' };
    expect(inWords(decideReport(marked, report, at()))).toBe('refused');
  });

  it('is done where the intent is as wanted', () => {
    const payment = SITUATIONS.capturing();
    const operationKey = payment.operation?.key ?? '';
    const refused = { operationKey, detail: 'already captured', final: true };
    const decision = decideReport(
      payment,
      told(payment, { status: 'succeeded' }, { refused }),
      at(),
    );
    expect(inWords(decision)).toBe('done, released');
  });

  it('says nothing about the call that is open by now', () => {
    const payment = SITUATIONS.capturing();
    const refused = { operationKey: 'an-earlier-one', detail: 'account_frozen', final: true };
    const report = told(payment, { status: 'requires_capture' }, { refused });
    expect(inWords(decideReport(payment, report, at()))).toBe('nothing');
  });
});

describe('the details of a report', () => {
  it('a decline is kept with the cancel that it causes', () => {
    const fact = { status: 'requires_payment_method', failure: DECLINED } as const;
    expect(stepsOf(asked(), fact)).toContainEqual(
      expect.objectContaining({
        operation: expect.objectContaining({ params: { purpose: 'fail', failure: DECLINED } }),
      }),
    );
  });

  it.each(['requires_payment_method', 'requires_confirmation'] as const)(
    'an intent that stays at %s without an error was never confirmed, which is told',
    (status) => {
      const [cancel] = stepsOf(asked(), { status }).slice(-1);
      expect(cancel).toMatchObject({
        operation: {
          kind: 'void',
          params: {
            purpose: 'fail',
            failure: {
              code: 'payment_method_required',
              declineCode: null,
              message: expect.stringMatching(/not confirmed/),
            },
          },
        },
      });
    },
  );

  it('a hold is kept with its end', () => {
    const captureBefore = new Date('2026-01-20T00:00:00Z');
    expect(stepsOf(asked(), { status: 'requires_capture', captureBefore })).toContainEqual(
      expect.objectContaining({ type: 'authorized', captureBefore }),
    );
  });

  it.each([
    ['expired', 'expired'],
    ['automatic', 'expired'],
    ['requested_by_customer', 'voided'],
    [null, 'voided'],
  ])('a hold canceled because of %s is %s', (cancellationReason, revertMethod) => {
    const steps = stepsOf(held(), { status: 'canceled', cancellationReason });
    expect(steps).toMatchObject([{ type: 'reverted', revertMethod }]);
  });

  it.each([
    ['released', 0, 'nothing'],
    ['released', 1000, 'refunded, review'],
    ['released', 2098, 'refunded'],
    ['released', null, 'nothing'],
    ['refunding', 0, 'nothing'],
    ['refunding', 1000, 'nothing'],
    ['refunding', 2098, 'done, refunded'],
    ['refunding', null, 'nothing'],
  ] as const)(
    'of a payment that is %s, %s refunded means: %s',
    (situation, refundedMinor, meaning) => {
      const payment = SITUATIONS[situation]();
      const report = told(payment, { status: 'succeeded', refundedMinor });
      expect(inWords(decideReport(payment, report, at()))).toBe(meaning);
    },
  );

  it('a hold of which a webhook tells the end is believed: Stripe need not be asked', () => {
    const captureBefore = new Date('2026-01-20T00:00:00Z');
    const payment = asked();
    const report = told(payment, { captureBefore }, { authoritative: false });
    expect(inWords(decideReport(payment, report, at()))).toBe('done, learned, authorized');
  });

  it('a canceled intent is nothing new to a payment that failed without one', () => {
    const payment = SITUATIONS['failed without an intent']();
    const report = told(payment, { status: 'canceled' });
    expect(decideReport(payment, report, at())).toEqual({ steps: [] });
  });

  it('a person is told what contradicts what, and which intent is one too many', () => {
    const reviewOf = (payment: Payment, fact: Partial<IntentSnapshot>) =>
      stepsOf(payment, fact).map((step) => (step.type === 'review_needed' ? step.reason : ''));
    expect(reviewOf(SITUATIONS.released(), { status: 'canceled' })).toEqual([
      'intent canceled while payment RELEASED',
    ]);
    expect(reviewOf(held(), { paymentIntentId: 'pi_second' })).toEqual([
      expect.stringContaining('pi_second'),
    ]);
  });

  it.each(INTENT_STATUSES.filter((status) => !['succeeded', 'canceled'].includes(status)))(
    'of a payment that was released, an intent that is %s tells no refund',
    (status) => {
      const payment = SITUATIONS.released();
      const report = told(payment, { status, refundedMinor: 2098 });
      expect(inWords(decideReport(payment, report, at()))).toBe('nothing');
    },
  );

  it('a partial refund is told to a person once, and once more when it grows', () => {
    const payment = SITUATIONS.released();
    const partly = (one: Payment, refundedMinor: number) =>
      inWords(decideReport(one, told(one, { status: 'succeeded', refundedMinor }), at()));
    expect(partly(payment, 1000)).toBe('refunded, review');
    const review = '1000 of 2098 minor units were refunded outside';
    const marked = { ...payment, refundedMinor: 1000, review } as Payment;
    expect([partly(marked, 1000), partly(marked, 1500)]).toEqual(['nothing', 'refunded, review']);
  });

  it.each(['asking, to be reverted then', 'known, to be reverted', 'canceled on request'] as const)(
    'the reason of a revert stays with a payment that was %s, and is canceled',
    (situation) => {
      const steps = stepsOf(SITUATIONS[situation](), { status: 'canceled' });
      expect(steps.at(-1)).toEqual({
        type: 'reverted',
        revertMethod: 'canceled',
        reason: 'too slow',
      });
    },
  );

  it.each([
    ['abandoned', 'abandoned'],
    [null, 'no reason given'],
  ])('a hold canceled at Stripe beforehand has failed, with the reason %s', (reason, said) => {
    const fact = { status: 'canceled', cancellationReason: reason } as const;
    const message = `The payment was canceled before it was held (${said}).`;
    const failure = { code: 'payment_intent_canceled', declineCode: null, message };
    expect(stepsOf(asked(), fact).at(-1)).toEqual({ type: 'failed', failure });
    const declined = stepsOf(asked(), { ...fact, failure: DECLINED }).at(-1);
    expect(declined).toEqual({ type: 'failed', failure: DECLINED });
  });

  it('the first word of an intent tells its id and its customer', () => {
    expect(stepsOf(asked(), { status: 'processing', stripeCustomerId: 'cus_7' })).toContainEqual(
      expect.objectContaining({ type: 'intent_learned', stripeCustomerId: 'cus_7' }),
    );
  });
});

function told(
  payment: Payment,
  fact: Partial<IntentSnapshot>,
  how: Partial<Extract<Report, { type: 'intent' }>> = {},
): Report {
  const status = fact.status ?? 'requires_capture';
  const intent: IntentSnapshot = {
    paymentIntentId: payment.paymentIntentId ?? intentOf(payment),
    status,
    amountMinor: 2098,
    currency: 'USD',
    receivedMinor: status === 'succeeded' ? 2098 : 0,
    refundedMinor: null,
    latestRefunds: null,
    dispute: null,
    captureBefore: new Date('2026-02-01T00:00:00Z'),
    stripeCustomerId: payment.stripeCustomerId ?? 'cus_1',
    origin: { installation: INSTALLATION.id, paymentId: payment.id, orderId: payment.orderId },
    failure: null,
    cancellationReason: null,
    ...fact,
  };
  return { type: 'intent', intent, authoritative: true, refused: null, ...how };
}

function stepsOf(payment: Payment, fact: Partial<IntentSnapshot>): readonly Step[] {
  const decision = decideReport(payment, told(payment, fact), at());
  if ('ask' in decision) throw new Error(decision.ask.because);
  return decision.steps;
}

function refundIs(payment: Payment, status: RefundSnapshot['status']): Report {
  const refund = { refundId: 're_1', status, amountMinor: 2098, failureReason: null };
  return { type: 'refund', paymentIntentId: intentOf(payment), refund };
}

function disputeIs(payment: Payment, status: Dispute['status']): Report {
  const dispute = { disputeId: 'dp_2', status, reason: 'fraudulent', amountMinor: 2098 };
  return { type: 'dispute', paymentIntentId: intentOf(payment), dispute };
}

function inWords(decision: ReportDecision): string {
  if ('ask' in decision) return 'ask';
  return decision.steps.map(word).join(', ') || 'nothing';
}

function word(step: Step): string {
  switch (step.type) {
    case 'operation_closed':
      return step.outcome;
    case 'operation_opened': {
      const { kind, params } = step.operation;
      return 'purpose' in params ? `${kind} to ${params.purpose}` : kind;
    }
    case 'intent_learned':
      return 'learned';
    case 'review_needed':
      return 'review';
    case 'reverted':
      return step.revertMethod;
    default:
      return String(step.type);
  }
}
