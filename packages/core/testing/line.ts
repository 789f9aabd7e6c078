import type { Clock, GatewayFault, OperationKind } from '@campusg-pay/core';
import { err, type Result } from 'neverthrow';
import { CARDS } from './intents.js';
import { KEY_KEPT_MS } from './stripe-model.js';

export type GatewayCallName =
  | OperationKind
  | 'retrieve'
  | 'findTransfer'
  | 'findReversal'
  | 'account'
  | 'findIntent'
  | 'listIntents'
  | 'listTransfers'
  | 'listRefunds'
  | 'listMovements'
  | 'transfersOf'
  | 'missedEvents'
  | 'cancelOrphan'
  | 'defaultPaymentMethod'
  | 'cards'
  | 'createCustomer'
  | 'findCustomer';

/** What may befall one call, and how much later it happens by the clock. */
export type GatewayTrouble = { readonly afterMs?: number } & (
  | { readonly type: 'late' }
  /** Not done, and the caller knows. */
  | { readonly type: 'unreachable' }
  /** Not done, but the caller can't know. */
  | { readonly type: 'unanswered' }
  /** Done, but the caller can't know. */
  | { readonly type: 'answer_lost' }
  /** Done, and answered with what nobody can read. */
  | { readonly type: 'unreadable' }
  /** Stripe fails, having done it or not, and answers this key with that error for a day. */
  | { readonly type: 'remembered'; readonly executed: boolean }
  /** Definitely refused, for a reason that has nothing to do with the card. */
  | { readonly type: 'refuse'; readonly detail: string; readonly final?: true }
  /** An authorize is carried out, and answered with what another installation has. */
  | { readonly type: 'foreign' }
  /** An authorize is declined, or must be authenticated, whatever the card. */
  | { readonly type: 'decline' }
  | { readonly type: 'require_action' }
);

export interface LineOptions {
  readonly clock: Clock;
  /** Asked ahead of each call that `befall` says nothing about. */
  readonly trouble?: (call: GatewayCallName) => GatewayTrouble | null;
  /** Awaited on the way there and on the way back; tests interleave callers with it. */
  readonly network?: () => Promise<void>;
}

/** The way to the gateway and back, with whatever befalls a call on it. */
export function troubledLine(
  { clock, trouble = () => null, network = async () => {} }: LineOptions,
  arrive: () => void,
) {
  const calls: GatewayCallName[] = [];
  const queued = new Map<GatewayCallName, (GatewayTrouble | null)[]>();
  const answered = new Map<string, { at: number; failed: boolean }>();
  const firstAnswers = (key: string | undefined) => {
    const known = key === undefined ? undefined : answered.get(key);
    const fresh = known !== undefined && clock.now().getTime() - known.at < KEY_KEPT_MS;
    return fresh ? known : null;
  };

  /** The work itself is synchronous: one moment at the gateway. */
  const exchange = async <Value, Said = never>(
    call: GatewayCallName,
    work: (befallen: GatewayTrouble | null) => Result<Value, Said>,
    key?: string,
  ): Promise<Result<Value, Said | GatewayFault>> => {
    calls.push(call);
    const next = queued.get(call)?.shift();
    const befallen = next === undefined ? trouble(call) : next;
    await network();
    if (befallen?.afterMs !== undefined) await clock.sleep(befallen.afterMs);
    if (befallen?.type === 'unreachable') return unavailable('no');
    if (befallen?.type === 'unanswered') return unavailable('unknown');
    arrive();
    const first = firstAnswers(key);
    const fails = befallen?.type === 'remembered' && first === null;
    const replays = first?.failed === true;
    const done = replays || (fails && !befallen.executed) ? null : work(befallen);
    if (key !== undefined && first === null) {
      answered.set(key, { at: clock.now().getTime(), failed: fails });
    }
    await network();
    if (befallen?.type === 'answer_lost') return unavailable('unknown');
    if (befallen?.type === 'unreadable') return unavailable('unknown', { unreadable: true });
    if (replays) return unavailable('unknown', { remembered: true });
    return fails || done === null ? unavailable('unknown') : done;
  };

  const befall = (call: GatewayCallName, ...troubles: readonly (GatewayTrouble | null)[]): void => {
    queued.set(call, [...(queued.get(call) ?? []), ...troubles]);
  };
  return { calls, exchange, befall };
}

function unavailable(
  executed: GatewayFault['executed'],
  more: Pick<GatewayFault, 'remembered' | 'unreadable'> = {},
): Result<never, GatewayFault> {
  const reason = executed === 'no' ? 'connection refused' : 'the answer did not arrive';
  return err({ type: 'GatewayUnavailable', executed, reason, retryAfterMs: null, ...more });
}

/** The card that Stripe sees when that befalls an authorize. */
export function cardFor(card: string, befallen: GatewayTrouble | null): string {
  if (befallen?.type === 'decline') return CARDS.declined;
  return befallen?.type === 'require_action' ? CARDS.needsAuthentication : card;
}
