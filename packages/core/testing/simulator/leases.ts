import type { Operation, Payment } from '@campusg-pay/core';

const OVER = 'a lease is taken once the one before is over or let go of';
const COUNTED = 'a lease is counted from the moment of the decision';
const DUE = 'a look at what rests is due when it should be';
const OURS = 'a lease is given to nobody in passing';

const SECOND_MS = 1_000;
const HOUR_MS = 3_600_000;
/** Pauses are spread by a quarter to both sides. */
const SPREAD = 0.25;
const SHORTEST_REST_MS = SECOND_MS * (1 - SPREAD);
/** After an answer that did not end the call; it doubles with every attempt. */
const FIRST_OWED_REST_MS = 30 * SECOND_MS;
const LONGEST_REST_MS = HOUR_MS * (1 + SPREAD);

/**
 * Looks at who may work on a call, and until when: at each record that has changed.
 *
 * @param isRobbed tells which attempts were let go of for others
 */
export function leaseJudge(leaseMs: number, isRobbed: (operation: Operation) => boolean) {
  let before = new Map<string, Payment>();
  const holders = new Map<string, string>();
  return {
    look: (payments: readonly Payment[], now: number, writer: string): readonly string[] => {
      const wrong: string[] = [];
      for (const payment of payments) {
        const { id, operation } = payment;
        const former = before.get(id);
        if (former === payment || operation === null) continue;
        const was = former?.operation?.key === operation.key ? former.operation : null;
        if (!isTaken(was, operation)) {
          if (!isRobbed(operation)) wrong.push(...restWrong(was, { ...payment, operation }));
          continue;
        }
        // Who could not write down that they let go knows it all the same.
        const isOwn = holders.get(operation.key) === writer;
        holders.set(operation.key, writer);
        const lease = { ...payment, operation, leaseMs, by: writer };
        wrong.push(...takenWrong(isOwn ? null : was, now, lease));
        if (operation.attempts !== (was?.attempts ?? 0) + 1) {
          wrong.push(`${COUNTED}: ${attemptOf({ ...payment, operation })} skips some`);
        }
      }
      before = new Map(payments.map((payment) => [payment.id, payment]));
      return wrong;
    },
  };
}

type Owing = Pick<Payment, 'id' | 'updatedAt'> & { readonly operation: Operation };

function isTaken(was: Operation | null, { attempts, resting }: Operation): boolean {
  return was === null ? !resting : attempts !== was.attempts;
}

function takenWrong(
  was: Operation | null,
  now: number,
  { leaseMs, by, ...owing }: Owing & { readonly leaseMs: number; readonly by: string },
): readonly string[] {
  const left = was === null || was.resting ? 0 : was.leaseUntil.getTime() - now;
  const ms = untilMs(owing);
  const attempt = attemptOf(owing);
  return [
    ...(left > 0 ? [`${OVER}: ${by} takes ${attempt}, with ${left} ms left`] : []),
    ...(ms === leaseMs ? [] : [`${COUNTED}: ${attempt} has ${ms} ms instead of ${leaseMs}`]),
  ];
}

function restWrong(was: Operation | null, owing: Owing): readonly string[] {
  const { resting, leaseUntil, attempts } = owing.operation;
  if (was?.resting === resting && was.leaseUntil.getTime() === leaseUntil.getTime()) return [];
  const ms = untilMs(owing);
  if (!resting) return [`${OURS}: ${attemptOf(owing)} has ${ms} ms anew`];
  const longest = longestRestMs(attempts);
  return ms >= SHORTEST_REST_MS && ms <= longest
    ? []
    : [`${DUE}: ${attemptOf(owing)} waits for ${ms} ms, and for ${longest} at most`];
}

function untilMs({ operation, updatedAt }: Owing): number {
  return operation.leaseUntil.getTime() - updatedAt.getTime();
}

function attemptOf({ id, operation: { key, attempts } }: Owing): string {
  return `attempt ${attempts} under ${key} of ${id}`;
}

/** The longer a call has been asked about in vain, the longer it may rest. */
function longestRestMs(attempts: number): number {
  return Math.min(FIRST_OWED_REST_MS * 2 ** (attempts - 1) * (1 + SPREAD), LONGEST_REST_MS);
}
