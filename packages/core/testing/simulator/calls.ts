import {
  type Clawback,
  type GatewayCall,
  KEY_LIFETIME_MS,
  type Operation,
  type Payment,
} from '@campusg-pay/core';
import type { ModelIntent } from '../intents.js';
import { borneMinor } from '../money-invariants.js';

const ONCE = 'each attempt of a call is sent once';
const HOLDER = 'a call is sent by whoever holds its lease';
const CUSTOMER_FIRST = 'the runner gives back what the customer has got, and no sooner';
const IN_TIME = 'nothing that moves money is asked for under a key that Stripe may have forgotten';

/** What Stripe has given back, and who bears it. */
interface Books {
  readonly intents: () => readonly ModelIntent[];
  readonly clawback: Clawback;
}

/** By then whatever was sent in time has arrived, so that looking for it tells for certain. */
const GIVE_UP_MS = KEY_LIFETIME_MS + 3_600_000;

/**
 * Looks at every call that changes something at Stripe, in the moment in which it is sent.
 *
 * @param isRobbed tells which attempts were let go of for others
 */
export function callJudge(
  recorded: (paymentId: string) => Payment | undefined,
  isRobbed: (operation: Operation) => boolean,
  books: Books = { intents: () => [], clawback: 'proportional' },
) {
  const sent = new Map<string, string>();
  return {
    look: (
      { payment, operation }: Pick<GatewayCall, 'payment' | 'operation'>,
      by: string,
      now: number,
    ): readonly string[] => {
      const { kind, key, attempts, openedAt, leaseUntil } = operation;
      const attempt = `${kind} of ${payment.id} under ${key} attempt ${attempts}`;
      // Whoever captures sends the transfer along, and whoever finds the capture done sends the same one.
      const isAlong = kind === 'transfer' && key.endsWith(':transfer');
      const name = `${key} ${attempts}`;
      const before = isAlong ? undefined : sent.get(name);
      sent.set(name, by);
      const ageMs = now - openedAt.getTime();
      // What moves money twice when it is made twice is looked for before it is made again later than that.
      const isLookedFor = kind !== 'authorize' && ageMs >= GIVE_UP_MS;
      const isLate = isMadeOnce(operation) && ageMs >= KEY_LIFETIME_MS && !isLookedFor;
      const holder = recorded(payment.id)?.operation ?? null;
      const isOver = leaseUntil.getTime() <= now || isRobbed(operation);
      return [
        ...(before === undefined ? [] : [`${ONCE}: ${attempt} by ${before} and by ${by}`]),
        ...earlyReversal(payment, operation, books),
        ...(isLate ? [`${IN_TIME}: ${attempt} by ${by} after ${ageMs} ms`] : []),
        ...(isOver || mayCall(operation, holder)
          ? []
          : [`${HOLDER}: ${attempt} by ${by}, while ${told(holder)} is on record`]),
      ];
    },
  };
}

/** What failed afterwards was given back once. */
function earlyReversal(
  payment: Payment,
  { kind, params }: Operation,
  { intents, clawback }: Books,
): readonly string[] {
  const intent = intents().find(({ paymentId }) => paymentId === payment.id);
  if (kind !== 'reversal' || intent === undefined || !('transfer' in payment)) return [];
  const refundedMinor = intent.latestRefunds
    .filter(({ status }) => status !== 'pending')
    .reduce((sum, { amountMinor }) => sum + amountMinor, 0);
  const { transfer } = payment;
  if (transfer === null) return [];
  const { reversedMinor, debtMinor, amountMinor, nettedMinor } = transfer;
  const wantedMinor = reversedMinor + debtMinor + params.amountMinor;
  const keptBackMinor = payment.receivedMinor - payment.feeMinor - amountMinor - nettedMinor;
  const borne = borneMinor({ ...payment, refundedMinor }, clawback);
  const dueMinor = borne - Math.max(0, keptBackMinor);
  return wantedMinor <= dueMinor
    ? []
    : [`${CUSTOMER_FIRST}: ${wantedMinor} of ${payment.id}, where ${dueMinor} are due`];
}

function isMadeOnce(operation: Operation): boolean {
  const { kind } = operation;
  if (kind === 'refund') return operation.params.amountMinor !== undefined;
  return kind === 'authorize' || kind === 'transfer' || kind === 'reversal';
}

/** What was closed meanwhile is told by its key: the call is the same, and changes nothing. */
function mayCall({ key, attempts }: Operation, holder: Operation | null): boolean {
  if (holder?.key !== key) return true;
  return holder.attempts === attempts && !holder.resting;
}

function told(holder: Operation | null): string {
  if (holder === null) return 'nothing';
  return `attempt ${holder.attempts}${holder.resting ? ', which rests,' : ''}`;
}
