import {
  apply,
  type ListedTransfer,
  type Payment,
  type Refund,
  type ReleasedPayment,
  type Transfer,
} from '@campusg-pay/core';
import { INSTALLATION, owedRefund, owedTransfer, released, usd } from '@campusg-pay/core/testing';
import { describe, expect, it } from 'vitest';
import { given, held, opens } from '../../testing/samples.js';
import {
  both,
  by,
  captured,
  gist,
  HOUR_MS,
  judged,
  later,
  MINUTE_MS,
  marks,
  record,
} from '../sides.js';

/** 20.98 was taken, 1.00 of it the fee; the runner's share is 19.98. */
function paying(wanted: Partial<Transfer> = {}): ReleasedPayment {
  const capture = opens({ kind: 'capture', params: { runnerId: 'runner' } });
  const transfer = owedTransfer({ amountMinor: 1998, chargeId: 'ch_1', ...wanted });
  const payment = given(held(), capture);
  const closed = { type: 'operation_closed', key: payment.operation?.key ?? '', outcome: 'done' };
  const steps = [{ ...closed, detail: null } as const, released(transfer)];
  return apply(payment, steps as Parameters<typeof apply>[1], later(0)).payment as ReleasedPayment;
}

const SENT = { status: 'sent', stripeTransferId: 'tr_1', stripeAccount: 'acct_runner' } as const;
const sent = (wanted: Partial<Transfer> = {}) => paying({ ...SENT, ...wanted });

function atStripe(
  payment: ReleasedPayment,
  facts: Partial<ListedTransfer['transfer']> = {},
): ListedTransfer {
  return {
    transfer: {
      stripeTransferId: 'tr_1',
      installation: INSTALLATION.id,
      paymentId: payment.id,
      transferId: payment.transfer?.transferId ?? null,
      stripeAccount: payment.transfer?.stripeAccount ?? '',
      amountMinor: payment.transfer?.amountMinor ?? 0,
      currency: 'USD',
      reversedMinor: payment.transfer?.reversedMinor ?? 0,
      chargeId: 'ch_1',
      ...facts,
    },
    createdAt: later(0),
    group: payment.id,
  };
}

function compared(payment: Payment, ...told: readonly ListedTransfer[]) {
  return gist(judged({ kind: 'moved', ours: record(payment), sent: told })).map(
    ({ transfer: _, ...one }) => one,
  );
}

describe('a transfer that both sides have', () => {
  it('is nothing to tell, whatever a part of it that came back', () => {
    const whole = sent();
    expect(compared(whole, atStripe(whole))).toEqual([]);
    const back = sent({ reversedMinor: 500 });
    expect(compared(back, atStripe(back))).toEqual([]);
    const all = sent({ status: 'reversed', reversedMinor: 1998 });
    expect(compared(all, atStripe(all))).toEqual([]);
  });

  it.each([
    ['amount', { amountMinor: 2000 }, '2000 minor units were sent, not 1998', 2000],
    ['currency', { currency: 'EUR' }, 'sent in EUR', 1998],
    ['account', { stripeAccount: 'acct_2' }, 'sent to acct_2, not to acct_runner', 1998],
  ] as const)('is critical where the %s differs', (which, facts, why, atRiskMinor) => {
    const payment = sent();
    expect(compared(payment, atStripe(payment, facts))).toEqual([
      {
        type: 'transfer_differs',
        which,
        severity: 'critical',
        atRisk: usd(atRiskMinor),
        repair: marks(`tr_1: ${why}`),
      },
    ]);
  });

  it('is told to the record where more came back, and marked where less did', () => {
    const payment = sent({ reversedMinor: 500 });
    const more = compared(payment, atStripe(payment, { reversedMinor: 800 }));
    const differs = { type: 'transfer_differs', which: 'reversed' };
    expect(more).toEqual([
      { ...differs, severity: 'serious', atRisk: usd(300), repair: by({ type: 'report' }) },
    ]);
    const less = compared(payment, atStripe(payment, { reversedMinor: 0 }));
    const why = 'tr_1: 0 came back, not 500';
    expect(less).toEqual([
      { ...differs, severity: 'critical', atRisk: usd(1998), repair: marks(why) },
    ]);
  });

  it('is left to whoever is at it', () => {
    const params = { transferId: 't', stripeTransferId: 'tr_1', amountMinor: 500 };
    const busy = given(sent(), opens({ kind: 'reversal', params }, { leaseUntil: later(HOUR_MS) }));
    expect(compared(busy, atStripe(sent(), { reversedMinor: 500 }))).toEqual([]);
  });
});

describe('a transfer that one side has', () => {
  it('is missing at Stripe, which may be that of another account', () => {
    expect(compared(sent())).toEqual([
      {
        type: 'transfer_missing',
        severity: 'critical',
        atRisk: usd(1998),
        repair: marks('Stripe does not know the transfer tr_1'),
      },
    ]);
    expect(compared(paying())).toEqual([]);
  });

  it('is told to the record that waits for it', () => {
    const payment = paying();
    expect(compared(payment, atStripe(payment))).toEqual([
      {
        type: 'transfer_differs',
        which: 'status',
        severity: 'serious',
        atRisk: usd(1998),
        repair: by({ type: 'report' }),
      },
    ]);
  });

  it('is a second one beside what was sent, as long as the account has it', () => {
    const payment = sent();
    const second = atStripe(payment, { stripeTransferId: 'tr_2', amountMinor: 700 });
    const found = {
      type: 'transfer_second',
      severity: 'critical',
      atRisk: usd(700),
      repair: marks('a second transfer exists: tr_2'),
    };
    expect(compared(payment, second, atStripe(payment))).toEqual([found]);
    const { transfer } = second;
    const back = { ...second, transfer: { ...transfer, reversedMinor: 700 } };
    expect(compared(payment, back, atStripe(payment))).toEqual([]);
  });

  it('is unknown where the record has none to send, or another', () => {
    const payment = paying({ status: 'canceled', amountMinor: 0 });
    const facts = { transferId: null, amountMinor: 700 };
    for (const [by, named] of [
      ['metadata', payment.id],
      ['group', null],
    ] as const) {
      const theirs = atStripe(payment, { ...facts, paymentId: named });
      expect(compared(payment, theirs)).toMatchObject([
        { type: 'transfer_unknown', by, severity: 'critical', atRisk: usd(700) },
      ]);
    }
  });

  it('is nobody’s finding where another installation has sent it', () => {
    const payment = sent();
    const foreign = atStripe(payment, { stripeTransferId: 'tr_2', installation: 'inst_elsewhere' });
    expect(compared(payment, atStripe(payment), foreign)).toEqual([]);
  });

  it('is unknown without any record, as far as the account has it', () => {
    const stray = atStripe(sent(), { reversedMinor: 98 });
    expect(gist(judged({ kind: 'stray', sent: stray }))).toMatchObject([
      { type: 'transfer_unknown', by: 'metadata', atRisk: usd(1900), repair: null },
    ]);
    const back = atStripe(sent(), { reversedMinor: 1998 });
    expect(judged({ kind: 'stray', sent: back })).toEqual([]);
  });
});

/** What is told of a payment of which Stripe has what it should. */
function alone(payment: ReleasedPayment, facts = {}, afterMs = MINUTE_MS) {
  const { receivedMinor, refundedMinor } = payment;
  const intent = { ...captured(refundedMinor), receivedMinor };
  return gist(judged(both(payment, intent, { transferAt: later(0), ...facts }), afterMs));
}

describe('a transfer that is not sent', () => {
  it.each([
    ['owed', 15 * MINUTE_MS, 'serious', true],
    ['waiting_funds', 5 * HOUR_MS, 'serious', true],
    ['waiting_account', 5 * HOUR_MS, 'minor', true],
    ['paused', 5 * HOUR_MS, 'minor', false],
    ['needs_review', MINUTE_MS, 'serious', false],
  ] as const)('is told once it is %s for %i ms', (status, afterMs, severity, isTried) => {
    const payment = paying({ status, reason: 'because' });
    if (status !== 'needs_review') expect(alone(payment, {}, afterMs - 1)).toEqual([]);
    const sends = { way: 'sends', money: usd(1998) };
    expect(alone(payment, {}, afterMs)).toEqual([
      {
        type: 'transfer_waiting',
        status,
        since: later(0).toISOString(),
        reason: 'because',
        severity,
        atRisk: usd(1998),
        repair: isTried ? { ...by({ type: 'send_transfer' }), runner: sends } : null,
      },
    ]);
  });

  it('is not tried where there is no account', () => {
    const payment = paying({ status: 'waiting_account', stripeAccount: null });
    expect(alone(payment, {}, 6 * HOUR_MS)).toMatchObject([{ repair: null }]);
  });
});

describe('the money of a payment in parts', () => {
  const part = (amountMinor: number, facts: Partial<Refund> = {}) =>
    owedRefund({ amountMinor, status: 'succeeded', stripeRefundId: `re_${amountMinor}`, ...facts });
  const asMade = ({ stripeRefundId, amountMinor, refundId }: Refund) => ({
    refundId: stripeRefundId ?? '',
    amountMinor,
    status: 'succeeded' as const,
    failureReason: null,
    name: refundId,
  });

  it('is no difference where it went as it was decided', () => {
    // A part captured, a tip and a fee, a refund in parts, and the runner's share of these taken back.
    const refunds = [part(500), part(100)];
    const whole = { receivedMinor: 1098, dueMinor: 1098, tipMinor: 98, feeMinor: 98 };
    const base = sent({ amountMinor: 1000, reversedMinor: 546 });
    const payment = { ...base, ...whole, refundedMinor: 600, refunds };
    const latestRefunds = refunds.map(asMade);
    const theirs = { ...captured(600), receivedMinor: 1098, latestRefunds };
    expect(judged(both(payment, theirs))).toEqual([]);
  });

  it('is one where more went back than we were asked for', () => {
    const payment = { ...sent({ amountMinor: 1998 }), refundedMinor: 500, refunds: [part(300)] };
    const clawed = { ...payment.transfer, reversedMinor: 476 } as Transfer;
    const theirs = { ...captured(500), latestRefunds: [asMade(part(300))] };
    expect(gist(judged(both({ ...payment, transfer: clawed }, theirs)))).toEqual([
      {
        type: 'refund_differs',
        refundedMinor: 500,
        severity: 'serious',
        atRisk: usd(200),
        repair: null,
      },
    ]);
  });

  it('is one where the sums agree, and the refunds do not', () => {
    const own = part(300);
    const transfer = { ...sent().transfer, reversedMinor: 286 } as Transfer;
    const payment = { ...sent(), transfer, refundedMinor: 300, refunds: [own] };
    const another = { ...asMade(own), refundId: 're_another', name: null };
    const theirs = { ...captured(300), latestRefunds: [another] };
    expect(gist(judged(both(payment, theirs)))).toMatchObject([
      { type: 'refund_differs', severity: 'critical', atRisk: usd(300) },
    ]);
  });

  it('is one where nobody has begun what was asked for', () => {
    const payment = { ...sent(), refunds: [part(300, { status: 'owed', stripeRefundId: null })] };
    expect(gist(judged(both(payment, captured())))).toMatchObject([
      {
        type: 'refund_waiting',
        severity: 'serious',
        atRisk: usd(300),
        repair: by({ type: 'report' }, 300),
      },
    ]);
  });
});

describe('what the runner is to give back', () => {
  const refunded = (reversedMinor: number): ReleasedPayment => {
    const own = owedRefund({ amountMinor: 1049, status: 'succeeded', stripeRefundId: 're_1' });
    return { ...sent({ reversedMinor }), refundedMinor: 1049, refunds: [own] };
  };
  const told = [{ refundId: 're_1', amountMinor: 1049, status: 'succeeded', failureReason: null }];
  const theirs = { ...captured(1049), latestRefunds: told as never };

  it('is missing where the customer has got it back, with what is taken back by the repair', () => {
    expect(judged(both(refunded(999), theirs))).toEqual([]);
    expect(gist(judged(both(refunded(900), theirs)))).toEqual([
      {
        type: 'clawback_missing',
        missingMinor: 99,
        severity: 'serious',
        atRisk: usd(99),
        repair: { ...by({ type: 'report' }), runner: { way: 'takes_back', money: usd(99) } },
      },
    ]);
  });

  it('is owed as a debt, a notice first and a difference later', () => {
    const debts = [
      { leftMinor: 40, since: later(HOUR_MS) },
      { leftMinor: 59, since: later(0) },
    ];
    const debt = { type: 'debt_open', leftMinor: 99, since: later(0).toISOString(), repair: null };
    expect(alone(sent(), { debts })).toMatchObject([{ ...debt, severity: 'notice' }]);
    expect(alone(sent(), { debts }, 100 * HOUR_MS)).toMatchObject([{ ...debt, severity: 'minor' }]);
  });
});

describe('what the platform keeps', () => {
  it('is its fee, and nothing above it', () => {
    expect(alone(sent())).toEqual([]);
    expect(alone(sent({ amountMinor: 1900, nettedMinor: 98 }))).toEqual([]);
    expect(alone(sent({ amountMinor: 1900 }))).toEqual([
      {
        type: 'fee_differs',
        feeMinor: 100,
        keptMinor: 198,
        severity: 'serious',
        atRisk: usd(98),
        repair: marks('198 minor units are kept, and the fee is 100'),
      },
    ]);
  });

  it('is not known while something is on its way', () => {
    const refunds = [owedRefund({ amountMinor: 98, status: 'pending', stripeRefundId: 're_1' })];
    const payment = { ...sent({ amountMinor: 1900 }), refunds };
    const told = { refundId: 're_1', amountMinor: 98, status: 'pending', failureReason: null };
    const theirs = { ...captured(98), latestRefunds: [told] as never };
    expect(judged(both(payment, theirs))).toEqual([]);
  });
});
