import {
  evolve,
  isLeased,
  type Operation,
  PAYMENT_EVENT_TYPES,
  type Payment,
  type PaymentEvent,
  STATUSES,
  type Status,
  TRANSITIONS,
} from '@campusg-pay/core';
import { describe, expect, it } from 'vitest';
import {
  asked,
  closes,
  DECLINED,
  given,
  held,
  intentOf,
  learned,
  opens,
} from '../../testing/samples.js';
import { DISPUTE, TRANSFER } from '../situations.js';

const released = { type: 'released', runnerId: 'runner', receivedMinor: 2098 } as const;
const voided = { type: 'reverted', revertMethod: 'voided', reason: null } as const;
const failed = { type: 'failed', failure: DECLINED } as const;

/** One payment of each status that owes nothing. */
const RESTING: Readonly<Record<Status, Payment>> = {
  INITIATING: given(asked(), closes, learned),
  AUTHORIZED: held(),
  RELEASED: given(held(), released),
  REVERTED: given(held(), voided),
  FAILED: given(asked(), closes, failed),
};

/** A runner is named where there is none yet, and what was marked is looked at. */
function ready(status: Status, type: PaymentEvent['type']): Payment {
  const payment = RESTING[status];
  if (type === 'reviewed') return { ...payment, review: 'look' };
  const isNamed = type === 'runner_named' && payment.status === 'RELEASED';
  return isNamed ? { ...payment, runnerId: null } : payment;
}

function event(type: PaymentEvent['type'], payment: Payment): PaymentEvent {
  const paymentIntentId = intentOf(payment);
  switch (type) {
    case 'requires_action':
      return { type, paymentIntentId };
    case 'authorized':
      return { type, paymentIntentId, captureBefore: null };
    case 'expiring':
      return { type, captureBefore: new Date(0) };
    case 'released':
      return released;
    case 'runner_named':
      return { type, runnerId: 'runner-2' };
    case 'reverted':
      return voided;
    case 'failed':
      return failed;
    case 'refund_pending':
      return { type, refundId: 're_1', amountMinor: 2098 };
    case 'refunded':
      return { type, amountMinor: 98, refundedMinor: 98 };
    case 'refund_failed':
      return { type, refundId: 're_1', amountMinor: 2098, refundedMinor: 0, reason: 'lost card' };
    case 'disputed':
    case 'dispute_closed':
      return { type, dispute: DISPUTE };
    case 'transfer_owed':
    case 'transfer_waiting':
      return { type, transfer: TRANSFER };
    case 'transfer_sent':
      return { type, transfer: TRANSFER, nettings: [] };
    case 'transfer_reversed':
      return { type, transfer: TRANSFER, amountMinor: 98 };
    case 'runner_debt':
      return { type, transfer: TRANSFER, debtId: 'debt-1', amountMinor: 98 };
    case 'review_needed':
      return { type, reason: 'look' };
    case 'reviewed':
      return { type, note: 'paid by hand' };
  }
}

describe('the transition table', () => {
  it('starts every payment as INITIATING', () => {
    const starts = TRANSITIONS.filter(({ from }) => from === 'NEW');
    expect(starts).toMatchObject([{ event: 'initiated', to: 'INITIATING' }]);
    expect(asked().status).toBe('INITIATING');
  });

  it('has each arrow once', () => {
    const arrows = TRANSITIONS.map(({ from, event: type }) => `${from} ${type}`);
    expect(new Set(arrows).size).toBe(arrows.length);
  });

  it('says of each arrow what makes it happen', () => {
    for (const { when } of TRANSITIONS) expect(when).toMatch(/\w+ \w+/);
  });

  it('leads to every status from the start', () => {
    const reached = new Set<string>(['NEW']);
    for (const _ of STATUSES) {
      for (const { from, to } of TRANSITIONS) if (reached.has(from)) reached.add(to);
    }
    expect(reached).toEqual(new Set(['NEW', ...STATUSES]));
  });

  it.each(['REVERTED', 'FAILED'] as const)('lets nothing out of %s', (status) => {
    const ways = TRANSITIONS.filter(({ from }) => from === status);
    expect(ways.filter(({ to }) => to !== status)).toEqual([]);
    expect(ways.map(({ event: type }) => type)).toEqual([
      // Money that was given back may come back, and be given back anew.
      ...(status === 'REVERTED'
        ? [
            'refunded',
            'refund_failed',
            'disputed',
            'dispute_closed',
            // What the runner got of it is taken back after the customer has theirs.
            'transfer_reversed',
            'runner_debt',
          ]
        : []),
      'review_needed',
      'reviewed',
    ]);
  });
});

describe('evolve', () => {
  it.each(STATUSES)('lets a person look at a payment that is %s, and leaves it there', (status) => {
    const ways = TRANSITIONS.filter((one) => one.from === status && one.event === 'reviewed');
    expect(ways).toMatchObject([{ to: status, when: 'a person has looked' }]);
  });

  it('throws when a person is said to have looked where nobody had to', () => {
    const seen = { type: 'reviewed', note: 'paid by hand' } as const;
    expect(() => evolve(held(), seen)).toThrow('bug');
    expect(() => evolve({ ...held(), review: 'look', reviewed: true }, seen)).toThrow('bug');
  });

  it('throws when a runner is named where there is one', () => {
    const named = { type: 'runner_named', runnerId: 'runner-2' } as const;
    expect(() => evolve(RESTING.RELEASED, named)).toThrow('bug');
  });

  for (const status of STATUSES) {
    for (const type of PAYMENT_EVENT_TYPES) {
      const to = TRANSITIONS.find((one) => one.from === status && one.event === type)?.to;
      const payment = ready(status, type);
      if (to === undefined) {
        it(`throws when ${type} is to follow ${status}`, () => {
          expect(() => evolve(payment, event(type, payment))).toThrow('bug');
        });
      } else {
        it(`takes ${status} by ${type} to ${to}`, () => {
          expect(evolve(payment, event(type, payment)).status).toBe(to);
        });
      }
    }
  }
});

it('a step that can not follow is an error that names it, the payment and its status', () => {
  const payment = RESTING.REVERTED;
  const message = `bug: released can't follow while payment ${payment.id} is REVERTED`;
  // Not `toThrow` with a text: that is content with an undefined that is thrown.
  expect(() => evolve(payment, released)).toThrow(expect.objectContaining({ message }));
});

const CALLS: Readonly<Record<Operation['kind'], Pick<Operation, 'kind' | 'params'>>> = {
  authorize: { kind: 'authorize', params: { returnUrl: null, savePaymentMethod: false } },
  capture: { kind: 'capture', params: { runnerId: 'runner' } },
  void: { kind: 'void', params: { purpose: 'revert', reason: null } },
  refund: { kind: 'refund', params: { reason: null } },
  transfer: {
    kind: 'transfer',
    params: { transferId: 't-1', stripeAccount: 'acct_1', amountMinor: 98, chargeId: 'ch_1' },
  },
  reversal: {
    kind: 'reversal',
    params: { transferId: 't-1', stripeTransferId: 'tr_1', amountMinor: 98 },
  },
};

const OWED: Readonly<Record<Status, readonly Operation['kind'][]>> = {
  INITIATING: ['authorize', 'void'],
  AUTHORIZED: ['capture', 'void'],
  RELEASED: ['refund', 'transfer', 'reversal'],
  REVERTED: ['reversal'],
  FAILED: [],
};

describe('what a payment can owe', () => {
  for (const status of STATUSES) {
    it(`while it is ${status}: ${OWED[status].join(' or ') || 'nothing'}`, () => {
      for (const [kind, call] of Object.entries(CALLS)) {
        const open = () => given(RESTING[status], opens(call as Parameters<typeof opens>[0]));
        if (OWED[status].some((one) => one === kind)) expect(open().operation?.kind).toBe(kind);
        else expect(open).toThrow('bug');
      }
    });
  }

  it('is one call at a time', () => {
    const owing = given(held(), opens({ kind: 'capture', params: { runnerId: 'one' } }));
    expect(() => given(owing, opens({ kind: 'capture', params: { runnerId: 'two' } }))).toThrow(
      'bug',
    );
  });

  it('is closed before the payment moves on, under the key it was opened with', () => {
    const owing = given(held(), opens({ kind: 'capture', params: { runnerId: 'one' } }));
    expect(() => evolve(owing, released)).toThrow('bug');
    const wrong = { ...closes(owing), key: 'another' } as ReturnType<typeof closes>;
    expect(() => evolve(owing, wrong)).toThrow('bug');
    expect(given(owing, closes, released).status).toBe('RELEASED');
    expect(() => evolve(given(owing, closes), closes(owing))).toThrow("can't follow");
  });

  it('can only be leased while it is owed', () => {
    const leaseUntil = new Date();
    const lease = { type: 'operation_leased', leaseUntil, attempts: 2 } as const;
    expect(() => evolve(held(), lease)).toThrow('bug');
    expect(evolve(asked(), lease).operation).toMatchObject({ leaseUntil, attempts: 2 });
  });

  it('is leased until the very moment its lease ends', () => {
    const { operation } = asked();
    if (operation === null) throw new Error('an asked payment owes a call');
    const leasedAfter = (ms: number) =>
      isLeased(operation, new Date(operation.leaseUntil.getTime() + ms));
    expect([leasedAfter(-1), leasedAfter(0), leasedAfter(1)]).toEqual([true, false, false]);
  });

  it('changes nothing but that when it is leased or closed', () => {
    const owing = asked({ description: 'lunch' });
    const closed = given(owing, closes);
    const { operation, revision, updatedAt, ...rest } = owing;
    expect(closed).toMatchObject(rest);
    expect(closed.operation).toBeNull();
    expect([revision, updatedAt]).toEqual([1, owing.createdAt]);
    expect(operation).not.toBeNull();
  });

  it('never is about a second PaymentIntent', () => {
    expect(() => given(RESTING.INITIATING, learned)).toThrow('bug');
  });
});

describe('what only an INITIATING payment can hear of', () => {
  const others = STATUSES.filter((status) => status !== 'INITIATING');

  it.each(others)('is its PaymentIntent: not one that is %s', (status) => {
    const payment = { ...RESTING[status], paymentIntentId: null } as unknown as Payment;
    expect(() => given(payment, learned)).toThrow('bug');
  });

  it.each(others)('is a revert to be carried out later: not one that is %s', (status) => {
    const remembered = { type: 'revert_requested', reason: null, correlationId: 'c' } as const;
    expect(() => evolve(RESTING[status], remembered)).toThrow('bug');
    expect(evolve(RESTING.INITIATING, remembered)).toMatchObject({
      revertRequested: { reason: null, correlationId: 'c' },
    });
  });

  it('is not that it was reverted before there was any PaymentIntent', () => {
    const unknown = given(asked(), closes);
    expect(() => evolve(unknown, { ...voided, revertMethod: 'canceled' })).toThrow('bug');
  });
});

describe('a payment that has moved on', () => {
  it('keeps what stays true and no field of its old status', () => {
    const first = given(asked({ description: 'lunch' }), closes, learned, {
      type: 'requires_action',
      paymentIntentId: 'pi',
    });
    const last = given({ ...first, status: 'INITIATING' } as Payment, failed);
    expect(last).toMatchObject({ description: 'lunch', paymentIntentId: 'pi', failure: DECLINED });
    expect(Object.keys(last)).not.toContain('requiresAction');
    expect(Object.keys(last)).not.toContain('revertRequested');
  });

  it('has no end of a hold to remember where there never was one', () => {
    const canceled = evolve(RESTING.INITIATING, { ...voided, revertMethod: 'canceled' });
    expect(canceled).toMatchObject({ captureBefore: null });
    const { captureBefore } = RESTING.AUTHORIZED as { captureBefore?: Date | null };
    expect(captureBefore).toBeInstanceOf(Date);
    expect(RESTING.REVERTED).toMatchObject({ captureBefore });
  });

  it('remembers its runner and what was received when it is refunded', () => {
    const refunded = given(RESTING.RELEASED, { ...voided, revertMethod: 'refunded' });
    expect(refunded).toMatchObject({ runnerId: 'runner', receivedMinor: 2098 });
    expect(RESTING.REVERTED).toMatchObject({ runnerId: null, receivedMinor: 0 });
  });
});
