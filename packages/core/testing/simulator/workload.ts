import type { AuthorizeCommand, Status } from '@campusg-pay/core';
import { CARDS } from '../intents.js';
import { usd } from '../system.js';
import type { Command } from './given-command.js';
import { pick, type Random, weighted } from './random.js';
import { askedBack, onwardCommand, releaseTerms, revertTerms, saidTerms } from './wishes.js';

/** A Stripe customer that callers know by itself, with a card on file. */
const NAMED_CUSTOMER = 'cus_1';

const CARD_CHOICE = [
  [12, CARDS.good],
  [4, CARDS.needsAuthentication],
  [2, CARDS.declined],
  [1, CARDS.insufficientFunds],
  [1, CARDS.expired],
  [1, 'pm_card_unknown'],
] as const;

/** What the order is like that somebody asks about. */
interface Situation {
  readonly orderId: string;
  /** Whether there are runners with accounts. */
  readonly money: boolean;
  /** Of its latest payment; null where there is none. */
  readonly status?: Status | null;
}

type Kind = 'authorize' | 'release' | 'revert' | 'check' | 'find' | 'onward' | 'giveBack';

/** What leads on, so that money goes its whole way often enough. */
const FITTING: Readonly<Record<Status | 'none', readonly (readonly [number, Kind])[]>> = {
  none: [[1, 'authorize']],
  INITIATING: [[1, 'check']],
  AUTHORIZED: [[1, 'release']],
  RELEASED: [
    [5, 'giveBack'],
    [1, 'revert'],
    [2, 'onward'],
  ],
  REVERTED: [[1, 'authorize']],
  FAILED: [[1, 'authorize']],
};

/** What somebody asks of the service about an order. Few choices, so that commands meet. */
export function commandFor(random: Random, { orderId, money, status = null }: Situation): Command {
  const fitting = money && random() < 0.8 ? weighted(random, FITTING[status ?? 'none']) : null;
  const drawn = weighted(random, [
    [5, 'authorize'],
    [4, 'release'],
    [3, 'revert'],
    [3, 'check'],
    [1, 'find'],
    [money ? 2 : 0, 'onward'],
    [money ? 4 : 0, 'giveBack'],
  ] as const);
  const kind = fitting ?? drawn;
  const payment = { orderId };
  switch (kind) {
    case 'authorize': {
      const wanted = authorizing(random, orderId);
      const { paymentMethodId: card, amount, paymentId, onceOnly } = wanted;
      const id = paymentId === null ? '' : ` as ${paymentId}${onceOnly ? ' once' : ''}`;
      return {
        says: `authorize ${orderId} ${amount.amountMinor} on ${card ?? 'the default card'}${id}`,
        orderId,
        asked: { do: 'authorize' },
        message: (correlationId) => {
          const own = { paymentId: `payment-of-${correlationId}`, onceOnly: true };
          return { type: 'authorize_payment', command: { ...wanted, ...own, correlationId } };
        },
        give: ({ escrow }, correlationId) => escrow.authorize({ ...wanted, correlationId }),
      };
    }
    case 'release': {
      const runnerId = pick(random, ['runner-1', 'runner-1', 'runner-2']);
      const wish = { runnerId, ...(money ? releaseTerms(random) : {}) };
      return {
        says: `release ${orderId} to ${runnerId}${saidTerms(wish)}`,
        orderId,
        asked: { do: 'release', runnerId },
        message: (correlationId, payment) => {
          return { type: 'release_payment', command: { payment, ...wish, correlationId } };
        },
        give: ({ escrow }, correlationId) => escrow.release({ payment, ...wish, correlationId }),
      };
    }
    case 'onward':
      return onwardCommand(random, orderId);
    case 'giveBack':
    case 'revert': {
      const wish = { reason: null, ...(kind === 'giveBack' ? revertTerms(random) : {}) };
      return {
        says: `revert ${orderId}${saidTerms(wish)}`,
        orderId,
        asked: askedBack(wish),
        message: (correlationId, payment) => {
          return { type: 'revert_payment', command: { payment, ...wish, correlationId } };
        },
        give: ({ escrow }, correlationId) => escrow.revert({ payment, ...wish, correlationId }),
      };
    }
    default:
      return {
        says: `${kind} ${orderId}`,
        orderId,
        asked: null,
        message: null,
        give: async ({ escrow }) => {
          // Result ignored: in a world of faults a look may fail, and it promises nothing.
          await escrow[kind](payment);
          return null;
        },
      };
  }
}

type Wanted = Omit<AuthorizeCommand, 'correlationId'>;

function authorizing(random: Random, orderId: string): Wanted {
  // Whoever asks for an order mostly asks for the same; now and then something contradicts.
  const ours = random() < 0.5;
  const id = random();
  return {
    orderId,
    customerId: `user-of-${orderId.length % 3}-${orderId.at(-1)}`,
    stripeCustomerId: ours ? null : NAMED_CUSTOMER,
    paymentMethodId: random() < 0.1 ? null : weighted(random, CARD_CHOICE),
    amount: usd(random() < 0.05 ? 999 : 2098),
    description: null,
    paymentId: id < 0.2 ? `pay-${orderId}` : null,
    onceOnly: id < 0.1,
    returnUrl: null,
    savePaymentMethod: false,
  };
}
