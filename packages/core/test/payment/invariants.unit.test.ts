import {
  agrees,
  type IntentFacts,
  isAlive,
  isNumbered,
  isOverdrawn,
  isWhole,
  type Payment,
  type PaymentEventType,
  TRANSITIONS,
  type Transition,
  whereTo,
} from '@campusg-pay/core';
import { usd } from '@campusg-pay/core/testing';
import { describe, expect, it } from 'vitest';
import { asked, given, held } from '../../testing/samples.js';
import { captured, gist, intent, judged, marks, record } from '../sides.js';
import { SITUATIONS, type Situation } from '../situations.js';

const facts = (wanted: Partial<IntentFacts>): IntentFacts => ({
  paymentIntentId: 'pi_1',
  status: 'succeeded',
  amountMinor: 2098,
  receivedMinor: 2098,
  refundedMinor: 0,
  ...wanted,
});

const releasedWith = (receivedMinor: number): Payment =>
  given(held(), { type: 'released', runnerId: 'runner-1', receivedMinor });

describe('a PaymentIntent', () => {
  it.each([
    ['captured', { refundedMinor: 0 }, true],
    ['captured, with no word of refunds', { refundedMinor: null }, true],
    ['refunded but for one cent', { refundedMinor: 2097 }, true],
    ['refunded', { refundedMinor: 2098 }, false],
    ['captured with nothing in it', { receivedMinor: 0, refundedMinor: null }, false],
    ['canceled', { status: 'canceled' }, false],
    ['held', { status: 'requires_capture', receivedMinor: 0 }, true],
    ['declined, which another card may mend', { status: 'requires_payment_method' }, true],
    ['in a status that nobody knows', { status: 'unknown', receivedMinor: 0 }, true],
  ] as const)('that is %s is told alive or not', (_, wanted, alive) => {
    expect(isAlive(facts(wanted))).toBe(alive);
  });

  const books: [number, number, number | null, boolean][] = [
    [2098, 2098, 2098, false],
    [2098, 2098, null, false],
    [2098, 2099, 0, true],
    [2098, 2098, 2099, true],
    [2098, 2000, 2099, true],
    // Older versions of Stripe tell what was never captured as refunded.
    [1000, 300, 700, false],
    [1000, 300, 1000, false],
    [1000, 300, 1001, true],
    [2098, 0, null, false],
  ];
  it.each(books)('of %s with %s captured and %s refunded is overdrawn: %s', (...book) => {
    const [amountMinor, receivedMinor, refundedMinor, overdrawn] = book;
    expect(isOverdrawn(facts({ amountMinor, receivedMinor, refundedMinor }))).toBe(overdrawn);
  });
});

describe('a record', () => {
  it.each([
    ['held', held(), true],
    ['released', releasedWith(2098), true],
    ['released in part', releasedWith(2097), false],
    ['released with more', releasedWith(2099), false],
    ['released in part, and marked', { ...releasedWith(2097), review: 'told' }, true],
    ['released, and marked', { ...releasedWith(2098), review: 'told' }, true],
  ])('that is %s is whole or not', (_, payment, whole) => {
    expect(isWhole(payment)).toBe(whole);
  });

  it.each([
    [[], 0, true],
    [[1, 2], 2, true],
    [[], 1, false],
    [[1], 2, false],
    [[1, 2], 1, false],
    [[2, 1], 2, false],
    [[1, 3], 2, false],
  ])('with events %j of %s is numbered: %s', (versions, last, numbered) => {
    expect(isNumbered(versions, last)).toBe(numbered);
  });
});

describe('the rest of a history that was archived', () => {
  it.each([
    [[], 2, 2, true],
    [[3], 3, 2, true],
    [[], 3, 2, false],
    [[4], 4, 2, false],
    [[2, 3], 3, 2, false],
  ])(
    'with events %j of %s, archived to %s, is numbered: %s',
    (versions, last, before, numbered) => {
      expect(isNumbered(versions, last, before)).toBe(numbered);
    },
  );

  it('goes on from what the payment was by then', () => {
    expect(whereTo(['reverted'], 'RELEASED')).toBe('REVERTED');
    expect(whereTo([], 'FAILED')).toBe('FAILED');
    expect(whereTo(['released'], 'FAILED')).toBe('released after FAILED');
  });
});

describe('a history', () => {
  const ways: [PaymentEventType[], string][] = [
    [[], 'INITIATING'],
    [['requires_action', 'authorized', 'expiring'], 'AUTHORIZED'],
    [['authorized', 'released', 'runner_named'], 'RELEASED'],
    [['authorized', 'released', 'reverted', 'review_needed'], 'REVERTED'],
    [['failed', 'review_needed'], 'FAILED'],
    [['released'], 'released after INITIATING'],
    [['authorized', 'released', 'authorized', 'failed'], 'authorized after RELEASED'],
    [['failed', 'authorized'], 'authorized after FAILED'],
  ];
  it.each(ways)('of %j leads to %s', (history, to) => {
    expect(whereTo(history)).toBe(to);
  });

  it.each([
    ['REVERTED', ['authorized', 'reverted', 'released']],
    ['FAILED', ['failed', 'released']],
  ] as const)('ends with %s, even if the table had a way on from there', (from, history) => {
    const table = TRANSITIONS as Transition[];
    const arrow = { from, event: 'released', to: 'RELEASED', when: 'never' } as const;
    table.push(arrow);
    try {
      expect(whereTo(history)).toBe(`released after ${from}`);
      expect(whereTo(history.slice(0, -1))).toBe(from);
    } finally {
      table.splice(table.indexOf(arrow), 1);
    }
  });
});

const LOOKS: Record<string, Partial<IntentFacts>> = {
  'to be paid': { status: 'requires_payment_method' },
  'to be confirmed': { status: 'requires_confirmation' },
  'to be authenticated': { status: 'requires_action' },
  processing: { status: 'processing' },
  held: { status: 'requires_capture' },
  captured: captured(),
  refunded: captured(2098),
  canceled: { status: 'canceled' },
  unknown: { status: 'unknown' },
};

const AGREEING: [Situation, string[]][] = [
  ['waiting for the customer', ['to be authenticated', 'processing']],
  ['held', ['held']],
  ['released', ['captured']],
  ['voided', ['refunded', 'canceled']],
  ['refunded', ['refunded', 'canceled']],
  ['failed', ['canceled', 'none']],
  ['failed without an intent', ['canceled', 'none']],
];

describe('the record and the gateway', () => {
  it.each(AGREEING)('agree where a payment is %s and its PaymentIntent %j', (situation, agreed) => {
    const payment = SITUATIONS[situation]();
    const looks = Object.keys(LOOKS).filter((look) =>
      agrees(payment, intent(payment, LOOKS[look]).intent),
    );
    expect([...looks, ...(agrees(payment, null) ? ['none'] : [])]).toEqual(agreed);
  });

  it.each(AGREEING)('never agree on the PaymentIntent of another, as %s', (situation) => {
    const payment = SITUATIONS[situation]();
    if (payment.paymentIntentId === null) return;
    const paymentIntentId = 'pi_another';
    for (const look of Object.values(LOOKS))
      expect(agrees(payment, intent(payment, { ...look, paymentIntentId }).intent)).toBe(false);
  });
});

describe('a record that contradicts itself', () => {
  const RELEASED = releasedWith(2098);
  const lost = { ...asked(), operation: null };
  const gap = record(RELEASED).history.slice(1);
  const another = [...record(held()).history, { version: 2, type: 'expiring' as const }];
  const broken = [
    ['history_has_gaps', record(RELEASED, { history: gap }), 'events 2 of 2'],
    ['history_has_gaps', record(RELEASED, { history: [] }), 'events none of 2'],
    [
      'history_has_gaps',
      record({ ...RELEASED, version: 3 }, { history: record(RELEASED).history }),
      'events 1,2 of 3',
    ],
    [
      'status_without_history',
      record(RELEASED, { history: another }),
      'RELEASED, but AUTHORIZED by its history',
    ],
    ['released_in_part', record(releasedWith(2097)), '2097 of 2098 received'],
    [
      'two_live_payments',
      record({ ...RELEASED, orderId: 'order-7' }, { liveOfOrder: 2 }),
      '2 live payments of order-7',
    ],
    ['waits_for_nothing', record(lost), 'no PaymentIntent, and no call owed'],
  ] as const;
  it.each(broken)('is told as %s, and marked for a person', (invariant, ours, detail) => {
    const discrepancies = judged({ kind: 'ours', ours, missing: false });
    const fact = { type: 'invariant_broken', invariant, detail };
    const repair = marks(`invariant broken: ${invariant}`);
    expect(gist(discrepancies)).toEqual([
      { ...fact, severity: 'critical', atRisk: usd(2098), repair },
    ]);
    const marked = { ...ours, payment: { ...ours.payment, review: 'seen' } };
    const again = judged({ kind: 'ours', ours: marked, missing: false });
    if (invariant === 'released_in_part') expect(again).toEqual([]);
    else expect(again).toMatchObject([{ invariant, repair: null }]);
  });

  it('is told of all that is wrong with it', () => {
    const ours = record(releasedWith(2097), { history: [], liveOfOrder: 3 });
    const discrepancies = judged({ kind: 'ours', ours, missing: true });
    expect(discrepancies).toMatchObject([
      { invariant: 'history_has_gaps' },
      { invariant: 'released_in_part' },
      { invariant: 'two_live_payments', detail: expect.stringMatching(/^3 live/) },
    ]);
  });

  it.each([
    ['one that is over, whose order has another', SITUATIONS.voided(), { liveOfOrder: 2 }],
    ['the only live one of its order', held(), { liveOfOrder: 1 }],
    ['one whose call is on its way', asked(), {}],
    ['one that waits for the customer', SITUATIONS['waiting for the customer'](), {}],
    ['one that failed before there was an intent', SITUATIONS['failed without an intent'](), {}],
  ])('is not %s', (_, payment, more) => {
    expect(judged({ kind: 'ours', ours: record(payment, more), missing: false })).toEqual([]);
  });
});
