import { type GatewayCall, KEY_LIFETIME_MS, type Operation, type Payment } from '@campusg-pay/core';

const ONCE = 'each attempt of a call is sent once';
const HOLDER = 'a call is sent by whoever holds its lease';
const IN_TIME = 'no hold is asked for under a key that Stripe may have forgotten';

/**
 * Looks at every call that changes something at Stripe, in the moment in which it is sent.
 *
 * @param isRobbed tells which attempts were let go of for others
 */
export function callJudge(
  recorded: (paymentId: string) => Payment | undefined,
  isRobbed: (operation: Operation) => boolean,
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
      const name = `${key} ${attempts}`;
      const before = sent.get(name);
      sent.set(name, by);
      const ageMs = now - openedAt.getTime();
      const isLate = kind === 'authorize' && ageMs >= KEY_LIFETIME_MS;
      const holder = recorded(payment.id)?.operation ?? null;
      const isOver = leaseUntil.getTime() <= now || isRobbed(operation);
      return [
        ...(before === undefined ? [] : [`${ONCE}: ${attempt} by ${before} and by ${by}`]),
        ...(isLate ? [`${IN_TIME}: ${attempt} by ${by} after ${ageMs} ms`] : []),
        ...(isOver || mayCall(operation, holder)
          ? []
          : [`${HOLDER}: ${attempt} by ${by}, while ${told(holder)} is on record`]),
      ];
    },
  };
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
