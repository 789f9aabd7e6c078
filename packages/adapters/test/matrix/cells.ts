import type { Money, Status } from '@campusg-pay/core';
import { usd } from '@campusg-pay/core/testing';
import { FAILPOINTS, type Failpoint, type Kill } from './failpoints.js';

export type MatrixCommand =
  | 'authorize'
  | 'authorize declined'
  | 'release'
  | 'revert a hold'
  | 'revert a release'
  | 'release to an account'
  | 'send a transfer'
  | 'give back a part'
  | 'revert a transfer'
  | 'revert a transfer that was paid out'
  | 'report';

/** To whom a release goes that is sent on. */
export const ONWARD = {
  runnerId: 'runner-1',
  stripeAccount: 'acct_1',
  platformFeeMinor: 98,
} as const;

/** Half of what was taken. */
export const HALF = { amountMinor: 1049, refundId: 'part-1' } as const;

/** One command, killed at one point. */
export interface Cell {
  readonly command: MatrixCommand;
  readonly kill: Kill;
  readonly orderId: string;
  readonly card: string;
  readonly amount: Money;
}

/** What becomes of the order: as if the command had never come, or as it was asked for. */
export interface Ending {
  readonly payment: Status | 'none';
  readonly intent: string | 'none';
  /** Of the runner's share; left out where there is none. */
  readonly transfer?: string;
}

interface Row {
  readonly card: string;
  readonly untouched: Ending;
  readonly executionOf: Ending;
  readonly points: readonly Kill[];
}

const NONE: Ending = { payment: 'none', intent: 'none' };
const HELD: Ending = { payment: 'AUTHORIZED', intent: 'requires_capture' };
const RELEASED: Ending = { payment: 'RELEASED', intent: 'succeeded' };
const VISA = 'pm_card_visa';

const once = (...points: Failpoint[]): Kill[] => points.map((point) => ({ point, nth: 1 }));
const all = once(...FAILPOINTS);

/** The second pass belongs to the cancel of what was declined. */
const twice: readonly Kill[] = (
  ['before call', 'in call', 'after call', 'before finish', 'after finish'] as const
).map((point) => ({ point, nth: 2 }));

/** What goes on to a runner, or comes back, is a second call under what the first has written. */
const onward: readonly Kill[] = [
  ...all,
  ...(['before call', 'in call', 'after call', 'before finish', 'after finish'] as const).map(
    (point) => ({ point, nth: 2 }),
  ),
];

/** The matrix. A report is neither claimed nor called for. */
export const ROWS: Readonly<Record<MatrixCommand, Row>> = {
  authorize: { card: VISA, untouched: NONE, executionOf: HELD, points: all },
  'authorize declined': {
    card: 'pm_card_visa_chargeDeclined',
    untouched: NONE,
    executionOf: { payment: 'FAILED', intent: 'canceled' },
    points: [...all, ...twice],
  },
  release: { card: VISA, untouched: HELD, executionOf: RELEASED, points: all },
  'revert a hold': {
    card: VISA,
    untouched: HELD,
    executionOf: { payment: 'REVERTED', intent: 'canceled' },
    points: all,
  },
  'revert a release': {
    card: VISA,
    untouched: RELEASED,
    executionOf: { payment: 'REVERTED', intent: 'succeeded' },
    points: all,
  },
  'release to an account': {
    card: VISA,
    untouched: HELD,
    executionOf: { ...RELEASED, transfer: 'sent 2000 back 0 owed 0' },
    // One write has it all: the second call is the transfer.
    points: [
      ...all,
      ...(['before call', 'in call', 'after call'] as const).map((point) => ({ point, nth: 2 })),
    ],
  },
  'send a transfer': {
    card: VISA,
    untouched: { ...RELEASED, transfer: 'sent 2000 back 0 owed 0' },
    executionOf: { ...RELEASED, transfer: 'sent 2000 back 0 owed 0' },
    points: all,
  },
  'give back a part': {
    card: VISA,
    untouched: { ...RELEASED, transfer: 'sent 2000 back 0 owed 0' },
    executionOf: { ...RELEASED, transfer: 'sent 2000 back 1000 owed 0' },
    points: onward,
  },
  'revert a transfer': {
    card: VISA,
    untouched: { ...RELEASED, transfer: 'sent 2000 back 0 owed 0' },
    executionOf: {
      payment: 'REVERTED',
      intent: 'succeeded',
      transfer: 'reversed 2000 back 2000 owed 0',
    },
    points: onward,
  },
  'revert a transfer that was paid out': {
    card: VISA,
    untouched: { ...RELEASED, transfer: 'sent 2000 back 0 owed 0' },
    executionOf: {
      payment: 'REVERTED',
      intent: 'succeeded',
      transfer: 'sent 2000 back 0 owed 2000',
    },
    points: onward,
  },
  report: {
    card: 'pm_card_threeDSecure2Required',
    untouched: HELD,
    executionOf: HELD,
    points: once('before finish', 'after finish', 'before publish', 'after publish'),
  },
};

export const CELLS: readonly Cell[] = Object.entries(ROWS).flatMap(([command, { card, points }]) =>
  points.map((kill, index) => ({
    command: command as MatrixCommand,
    kill,
    orderId: `${command.replaceAll(' ', '-')}-${index}`,
    card,
    amount: usd(2098),
  })),
);

/** A command that died before it was written down was never accepted. */
export function endingOf({ command, kill }: Cell): Ending {
  const { untouched, executionOf } = ROWS[command];
  return kill.point === 'before claim' ? untouched : executionOf;
}
