// A payment gateway of your own, in memory: it holds, takes, lets go and gives back as Stripe does.
// contract.test.ts tells whether it keeps the promises that the rules rely on.
import type {
  GatewayCall,
  GatewayReply,
  IntentSnapshot,
  Operation,
  PaymentGateway,
  RefundOperation,
  RefundSnapshot,
  RefusedCall,
} from '@campusg-pay/core';
import { err, ok } from 'neverthrow';
import { ownLists } from './moved.js';
import { ownTransfers } from './onward.js';

export const cards = { good: 'good', declined: 'declined', needsAuthentication: 'asks' };

const DAY_MS = 86_400_000;

/** Answers may have been lost for as long as a call is repeated. */
const SEARCHED_MS = 25 * 3_600_000;
/** Whoever asks may have a clock that is ahead of ours. */
const CLOCK_SKEW_MS = 3_600_000;

interface Made {
  readonly intent: IntentSnapshot;
  readonly createdAt: Date;
}

const NOBODY = { customerId: null, installation: null };

interface Customer {
  readonly customerId: string | null;
  readonly installation: string | null;
  readonly defaultCard: string | null;
  readonly createdAt: Date;
}

const told = (intent: IntentSnapshot, refused: RefusedCall | null = null): GatewayReply => ({
  report: { type: 'intent', intent, authoritative: true, refused },
  action:
    intent.status === 'requires_action'
      ? { clientSecret: `secret of ${intent.paymentIntentId}`, redirectUrl: null }
      : null,
});

/** What becomes of an intent, or null where that can't be. */
function moved(intent: IntentSnapshot, operation: Operation): IntentSnapshot | null {
  if (operation.kind === 'capture') {
    const takenMinor = operation.params.terms?.dueMinor ?? intent.amountMinor;
    if (intent.status !== 'requires_capture' || takenMinor > intent.amountMinor) return null;
    return { ...intent, status: 'succeeded', receivedMinor: takenMinor };
  }
  return operation.kind === 'refund' ? refunded(intent, operation.params) : canceled(intent);
}

function canceled(intent: IntentSnapshot): IntentSnapshot | null {
  if (intent.status === 'succeeded' || intent.status === 'canceled') return null;
  return { ...intent, status: 'canceled', cancellationReason: 'requested' };
}

/** All that is left, or a part of it under a name. */
function refunded(
  intent: IntentSnapshot,
  { amountMinor, refundId }: RefundOperation['params'],
): IntentSnapshot | null {
  const { receivedMinor, latestRefunds } = intent;
  const [givenMinor, earlier] = [intent.refundedMinor ?? 0, latestRefunds ?? []];
  const partMinor = amountMinor ?? receivedMinor - givenMinor;
  const refundedMinor = givenMinor + partMinor;
  if (intent.status !== 'succeeded' || partMinor === 0 || refundedMinor > receivedMinor)
    return null;
  const made: RefundSnapshot = {
    refundId: `refund_${intent.paymentIntentId}_${earlier.length + 1}`,
    status: 'succeeded',
    amountMinor: partMinor,
    failureReason: null,
    name: refundId ?? null,
  };
  return { ...intent, refundedMinor, latestRefunds: [made, ...earlier] };
}

/** The same reply, naming the refund that was made. */
function withMade({ report, action }: GatewayReply): GatewayReply {
  const made = report.type === 'intent' ? report.intent.latestRefunds?.[0] : undefined;
  if (report.type !== 'intent' || made === undefined) return { report, action };
  return { report: { ...report, made }, action };
}

/** @param now the gateway's own time, which its holds and lists go by */
export function ownGateway(now: () => Date) {
  const made = new Map<string, Made>();
  const customers = new Map<string, Customer>();
  const answers = new Map<string, GatewayReply>();
  const keys = new Map<string, string>();
  const heldUntil = () => new Date(now().getTime() + 7 * DAY_MS);
  const change = (intent: IntentSnapshot) => {
    const known = made.get(intent.paymentIntentId);
    if (known !== undefined) made.set(intent.paymentIntentId, { ...known, intent });
    return intent;
  };
  const within = (at: Date, since: Date) =>
    at.getTime() >= since.getTime() - CLOCK_SKEW_MS &&
    at.getTime() <= since.getTime() + SEARCHED_MS;

  const addCustomer = (
    defaultCard: string | null = null,
    user: Pick<Customer, 'customerId' | 'installation'> = NOBODY,
  ): string => {
    const id = `customer_${customers.size + 1}`;
    customers.set(id, { ...user, defaultCard, createdAt: now() });
    return id;
  };

  const authorize = ({ payment, operation, installation }: GatewayCall): GatewayReply => {
    const { stripeCustomerId, paymentMethodId, amount } = payment;
    const isCustomer = customers.has(stripeCustomerId ?? '');
    if (!isCustomer || !Object.values(cards).includes(paymentMethodId)) {
      const failure = { code: 'unknown', declineCode: null, message: 'There is none of that id.' };
      const param = isCustomer ? 'payment_method' : 'customer';
      const report = { type: 'not_created', operationKey: operation.key, failure, param } as const;
      return { report, action: null };
    }
    const declined = paymentMethodId === cards.declined;
    const asks = paymentMethodId === cards.needsAuthentication;
    const held = !declined && !asks;
    const intent: IntentSnapshot = {
      paymentIntentId: `intent_${made.size + 1}`,
      // Kept with it: by this it is known whose it is.
      origin: { installation, paymentId: payment.id, orderId: payment.orderId },
      status: declined ? 'requires_payment_method' : asks ? 'requires_action' : 'requires_capture',
      amountMinor: amount.amountMinor,
      currency: amount.currency,
      receivedMinor: 0,
      refundedMinor: 0,
      latestRefunds: [],
      dispute: null,
      captureBefore: held ? heldUntil() : null,
      chargeId: held ? `charge_${made.size + 1}` : null,
      stripeCustomerId,
      failure: declined
        ? { code: 'declined', declineCode: 'no_funds', message: 'The card was declined.' }
        : null,
      cancellationReason: null,
    };
    made.set(intent.paymentIntentId, { intent, createdAt: now() });
    return told(intent);
  };

  const transfers = ownTransfers((chargeId) => {
    const paid = [...made.values()].find(({ intent }) => intent.chargeId === chargeId);
    return paid?.intent.receivedMinor ?? 0;
  }, now);

  const move = ({ payment, operation }: GatewayCall): GatewayReply => {
    const { kind, key } = operation;
    const known = made.get(payment.paymentIntentId ?? '');
    if (known === undefined) {
      return { report: { type: 'intent_missing', operationKey: key }, action: null };
    }
    const next = moved(known.intent, operation);
    if (next !== null) return kind === 'refund' ? withMade(told(change(next))) : told(change(next));
    return told(known.intent, {
      operationKey: key,
      detail: `${kind} of ${known.intent.status}`,
      final: true,
    });
  };

  const carryOut = ({ operation, ...about }: GatewayCall): GatewayReply => {
    switch (operation.kind) {
      case 'authorize':
        return authorize({ operation, ...about });
      case 'transfer':
        return { report: transfers.send({ operation, ...about }), action: null };
      case 'reversal':
        return { report: transfers.takeBack({ operation, ...about }), action: null };
      default:
        return move({ operation, ...about });
    }
  };

  const gateway: PaymentGateway = {
    ...transfers.searches,
    ...ownLists({ ...transfers, intents: () => [...made.values()] }),
    perform: async (call) => {
      const { key } = call.operation;
      const reply = answers.get(key) ?? carryOut(call);
      answers.set(key, reply);
      return ok(reply);
    },
    retrieve: async (id) => {
      const known = made.get(id);
      return ok(known === undefined ? null : told(known.intent));
    },
    findIntent: async ({ payment, since, isOurs }) => {
      const found = [...made.values()].find(
        ({ intent, createdAt }) =>
          intent.origin.paymentId === payment.id && within(createdAt, since) && isOurs(intent),
      );
      return ok(found === undefined ? null : told(found.intent));
    },
    listIntents: async ({ from, to }) => {
      const second = (at: Date) => Math.floor(at.getTime() / 1000) * 1000;
      const items = [...made.values()]
        .filter(({ createdAt }) => {
          return second(createdAt) >= second(from) && second(createdAt) < to.getTime();
        })
        .reverse()
        .map(({ intent, createdAt }) => ({
          intent,
          createdAt: new Date(second(createdAt)),
          manual: true,
        }));
      return ok({ items, unreadable: 0, next: null });
    },
    // It sends no webhooks, so none can be missed.
    missedEvents: async () => ok({ items: [], unreadable: 0, next: null }),
    cancelOrphan: async (id) => {
      const known = made.get(id);
      if (known === undefined) return ok(null);
      return ok(told(change(canceled(known.intent) ?? known.intent)));
    },
    defaultPaymentMethod: async (id) => {
      const customer = customers.get(id);
      if (customer === undefined) return err({ type: 'CustomerUnknown' });
      const { defaultCard: paymentMethodId } = customer;
      return ok(paymentMethodId === null ? null : { type: 'card', paymentMethodId, card: null });
    },
    cards: async (id) => {
      const customer = customers.get(id);
      if (customer === undefined) return err({ type: 'CustomerUnknown' });
      const { defaultCard: paymentMethodId } = customer;
      const face = { brand: 'visa', last4: '4242', expMonth: 12, expYear: 2030 };
      return ok(paymentMethodId === null ? [] : [{ paymentMethodId, ...face, isDefault: true }]);
    },
    createCustomer: async ({ customerId, installation, key }) => {
      const id = keys.get(key) ?? addCustomer(null, { customerId, installation });
      keys.set(key, id);
      return ok(id);
    },
    findCustomer: async ({ customerId, installation, since }) => {
      const found = [...customers].find(
        ([, one]) =>
          one.customerId === customerId &&
          one.installation === installation &&
          within(one.createdAt, since),
      );
      return ok(found?.[0] ?? null);
    },
  };

  /** What the customer does at the bank's page. */
  const approve = async (id: string): Promise<void> => {
    const known = made.get(id);
    if (known === undefined) throw new Error(`there is no ${id}`);
    change({ ...known.intent, status: 'requires_capture', captureBefore: heldUntil() });
  };

  const { addAccount, payOut } = transfers;
  return { gateway, addCustomer, addAccount, payOut, approve };
}
