import type {
  GatewayFault,
  ReversalOutcome,
  TransferObstacle,
  TransferOutcome,
} from '@campusg-pay/core';
import { err, ok, type Result } from 'neverthrow';
import type { CallError } from './gateway-fault.js';

type Refusal = CallError & { readonly type: 'Refused' };

/** What became of a call, where a definite no is an outcome like another. */
export function unlessRefused<Outcome>(
  made: Result<Outcome, CallError>,
  refused: (refusal: Refusal) => Outcome,
): Result<Outcome, GatewayFault> {
  return made.orElse((error) => (error.type === 'Refused' ? ok(refused(error)) : err(error)));
}

/** What a definite no to a transfer means. */
export function refusedTransfer(refusal: Refusal): TransferOutcome {
  return { type: 'refused', obstacle: obstacleOf(refusal), detail: detailOf(refusal) };
}

/** What a definite no to a reversal means; how much the account has is still to be asked. */
export function refusedReversal(refusal: Refusal): ReversalOutcome {
  const detail = detailOf(refusal);
  return SHORT.has(refusal.failure.code)
    ? { type: 'short', availableMinor: null, detail }
    : { type: 'refused', detail };
}

function detailOf({ failure }: Refusal): string {
  return `${failure.code}: ${failure.message}`;
}

/** Source of the codes: docs.stripe.com/error-codes, and the SDK's list of them. */
function obstacleOf({ failure: { code }, param }: Refusal): TransferObstacle {
  if (SHORT.has(code)) return 'no_funds';
  if (UNABLE.has(code)) return 'account_unable';
  const isUnknown = UNKNOWN.has(code) || (code === 'resource_missing' && param === 'destination');
  return isUnknown ? 'account_unknown' : 'other';
}

const SHORT: ReadonlySet<string> = new Set(['balance_insufficient', 'insufficient_funds']);

/** The first is in no list of Stripe's; it comes where the account lacks the capability. */
const UNABLE: ReadonlySet<string> = new Set([
  'insufficient_capabilities_for_transfer',
  'capability_not_active',
  'transfers_not_allowed',
]);

const UNKNOWN: ReadonlySet<string> = new Set(['account_closed', 'account_invalid', 'no_account']);
