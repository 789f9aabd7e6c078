import { CARDS, chargeOf } from '../intents.js';
import type { MemoryGateway } from '../memory-gateway.js';
import { pick, type Random, weighted } from './random.js';
import { OPEN_ACCOUNTS } from './wishes.js';

/** Who acts past the service. */
export type Actor = 'the customer' | 'somebody at Stripe' | 'a bank' | 'a runner';

type Deed =
  | 'approve'
  | 'fail'
  | 'payAnew'
  | 'capture'
  | 'refund'
  | 'cancel'
  | 'expire'
  | 'delayRefunds'
  | 'endRefund'
  | 'dispute'
  | 'closeDispute'
  | 'payOut'
  | 'becomeAble'
  | 'becomeUnable'
  | 'reverseTransfer';

const DEEDS: Readonly<Record<Actor, readonly (readonly [number, Deed])[]>> = {
  'the customer': [
    [6, 'approve'],
    [2, 'fail'],
    [1, 'payAnew'],
  ],
  'somebody at Stripe': [
    [2, 'capture'],
    [2, 'refund'],
    [2, 'cancel'],
    [1, 'expire'],
    [1, 'reverseTransfer'],
  ],
  'a bank': [
    [3, 'delayRefunds'],
    [3, 'endRefund'],
    [2, 'dispute'],
    [1, 'closeDispute'],
  ],
  'a runner': [
    [6, 'payOut'],
    [2, 'becomeAble'],
    [1, 'becomeUnable'],
  ],
};

const ENDS = ['succeeded', 'failed', 'canceled'] as const;

/** Somebody does past the service what is possible at the moment. */
export function actOutside(random: Random, gateway: MemoryGateway, actor: Actor): string | null {
  const account = pick(random, OPEN_ACCOUNTS);
  const intent = gateway.intents().at(-1 - Math.floor(random() * 4));
  if (intent === undefined) return null;
  const { customer, dashboard, connect } = gateway;
  const { paymentIntentId: id, orderId } = intent;
  const deed = weighted(random, DEEDS[actor]);
  const amount = pick(random, [null, null, 1000, 1]) ?? undefined;
  const end = pick(random, ENDS);
  const closed = pick(random, ['won', 'lost', 'warning_closed']);
  const deeds: Record<Deed, () => void> = {
    approve: () => customer.approve(id),
    fail: () => customer.fail(id),
    payAnew: () => customer.confirm(id, CARDS.good),
    capture: () => dashboard.capture(id, amount),
    refund: () => dashboard.refund(id, amount),
    cancel: () => dashboard.cancel(id),
    expire: () => dashboard.expire(id),
    delayRefunds: () => dashboard.delayRefunds(id),
    endRefund: () => endPending(gateway, id, end),
    dispute: () => dashboard.dispute(id),
    closeDispute: () => dashboard.dispute(id, closed),
    payOut: () => connect.payOutAccount(account),
    becomeAble: () => connect.setAccount(account, 'able'),
    becomeUnable: () => connect.setAccount(account, 'unable'),
    reverseTransfer: () => reverseSome(gateway, id, amount),
  };
  try {
    deeds[deed]();
  } catch (impossible) {
    if (!(impossible instanceof Error) || impossible.message.startsWith('bug')) throw impossible;
    return null;
  }
  return `${actor}: ${deed} ${id} of ${orderId}`;
}

/** In the end banks agree to what they have let wait, or do not: by the number of the intent. */
export function endAllRefunds(gateway: MemoryGateway): void {
  gateway.intents().forEach(({ paymentIntentId, latestRefunds }, index) => {
    const pending = latestRefunds.filter(({ status }) => status === 'pending');
    if (pending.length > 0)
      gateway.dashboard.endRefund(paymentIntentId, ENDS[index % ENDS.length] ?? 'failed');
  });
}

function reverseSome({ transfers, connect }: MemoryGateway, id: string, amount?: number): void {
  const sent = transfers().find(({ chargeId }) => chargeId === chargeOf({ paymentIntentId: id }));
  if (sent === undefined) throw new Error('nothing was sent');
  connect.reverseTransfer(sent.stripeTransferId, amount);
}

function endPending(gateway: MemoryGateway, id: string, end: (typeof ENDS)[number]): void {
  const intent = gateway.intents().find(({ paymentIntentId }) => paymentIntentId === id);
  if (intent?.latestRefunds[0]?.status !== 'pending') throw new Error('nothing waits for a bank');
  gateway.dashboard.endRefund(id, end);
}
