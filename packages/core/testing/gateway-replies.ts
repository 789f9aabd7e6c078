import type {
  CustomerAction,
  GatewayReply,
  Operation,
  Payment,
  RefusedCall,
} from '@campusg-pay/core';
import { type ModelIntent, snapshotOf } from './intents.js';

/** Why Stripe makes nothing: its error code, and the parameter it names. */
export interface Refused {
  readonly code: string;
  readonly param: string | null;
}

/** All that a request under a key consists of: Stripe refuses the key with anything else. */
export function fingerprint(
  payment: Payment,
  { kind, params }: Operation,
  installation: string | null,
): string {
  const { id, orderId, attempt, stripeCustomerId, paymentMethodId, amount, description } = payment;
  const request = { id, orderId, attempt, stripeCustomerId, paymentMethodId, amount, description };
  const { paymentIntentId } = payment;
  return JSON.stringify([
    installation,
    kind,
    params,
    kind === 'authorize' ? request : paymentIntentId,
  ]);
}

export function replyOf(intent: ModelIntent, refused: RefusedCall | null = null): GatewayReply {
  const snapshot = snapshotOf(intent, { charge: true });
  return {
    report: { type: 'intent', intent: snapshot, authoritative: true, refused },
    action: actionOf(intent),
  };
}

/** The same reply, telling that its newest refund is the one that the call has made. */
export function withMade({ report, action }: GatewayReply): GatewayReply {
  const made = report.type === 'intent' ? report.intent.latestRefunds?.[0] : undefined;
  if (report.type !== 'intent' || made === undefined) throw new Error('bug: it has made one');
  return { report: { ...report, made }, action };
}

function actionOf({ status, clientSecret, paymentIntentId }: ModelIntent): CustomerAction | null {
  if (status !== 'requires_action') return null;
  return { clientSecret, redirectUrl: `https://bank.example/authenticate/${paymentIntentId}` };
}

export function notCreated({ key }: Operation, { code, param }: Refused): GatewayReply {
  const failure = { code, declineCode: null, message: 'The request was refused.' };
  return { report: { type: 'not_created', operationKey: key, failure, param }, action: null };
}
