import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import {
  apply,
  type Currency,
  type GatewayFault,
  initiated,
  type Operation,
  type OperationKind,
  type Payment,
  type Step,
} from '@campusg-pay/core';
import fc from 'fast-check';
import type { Result } from 'neverthrow';
import { createCircuit } from '../../src/stripe/circuit.js';
import { createStripeClient } from '../../src/stripe/client.js';
import type { GatewayCallNote } from '../../src/stripe/exchange.js';
import { createStripeGateway } from '../../src/stripe/stripe-gateway.js';

/** What is answered to every call; the text as it goes over the wire. */
export interface Reply {
  readonly status: number;
  readonly body: string;
}

/** A server that answers whatever it is told to, and the gateway with the real SDK on it. */
export async function oddStripe() {
  let reply: Reply = { status: 200, body: '{}' };
  const server = createServer((request, response) => {
    request.resume().on('end', () => {
      response.writeHead(reply.status, { 'content-type': 'application/json' }).end(reply.body);
    });
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  const { port } = server.address() as AddressInfo;
  const apiBase = new URL(`http://127.0.0.1:${port}`);
  const stripe = createStripeClient({ secretKey: 'sk_test_odd', apiBase, timeoutMs: 5_000 });
  const notes: GatewayCallNote[] = [];
  const gateway = createStripeGateway({
    stripe,
    deadlineMs: 5_000,
    circuit: createCircuit({ concurrency: 50, queue: 200, outages: 1e9, restMs: 1 }),
    onCall: (note) => notes.push(note),
  });
  return {
    apiBase,
    gateway,
    notes,
    answers: (status: number, body: unknown) => {
      reply = { status, body: typeof body === 'string' ? body : JSON.stringify(body) };
    },
    close: async () => {
      server.closeAllConnections();
      await new Promise((closed) => server.close(closed));
    },
  };
}

export type OddStripe = Awaited<ReturnType<typeof oddStripe>>;

const SINCE = new Date('2026-11-01T12:00:00Z');
const PERIOD = { from: SINCE, to: new Date('2026-11-08T12:00:00Z'), after: null };
/** The PaymentIntent of what is held here. */
export const INTENT_ID = 'pi_1';

type OwedCall<One = Operation> = One extends Operation ? Pick<One, 'kind' | 'params'> : never;

function operation<Call extends OwedCall>(call: Call) {
  const facts = {
    key: `key-${call.kind}`,
    openedAt: SINCE,
    attempts: 1,
    resting: false,
    leaseUntil: SINCE,
  };
  return { ...call, ...facts, correlationId: 'test' };
}

function after(payment: Payment, ...steps: readonly Step[]): Payment {
  return steps.reduce((one, step) => apply(one, [step], SINCE).payment, payment);
}

const HOLD = { kind: 'authorize', params: { returnUrl: null, savePaymentMethod: false } } as const;
const asking = initiated({
  id: 'payment-1',
  orderId: 'order-1',
  attempt: 1,
  customerId: 'user',
  stripeCustomerId: 'cus_1',
  paymentMethodId: 'pm_card_visa',
  amount: { amountMinor: 2098, currency: 'USD' as Currency },
  description: null,
  correlationId: 'test',
  operation: operation(HOLD),
  createdAt: SINCE,
  updatedAt: SINCE,
});
const held = after(
  asking,
  { type: 'operation_closed', key: 'key-authorize', outcome: 'done', detail: null },
  { type: 'authorized', paymentIntentId: INTENT_ID, captureBefore: null },
);
const paid = after(held, { type: 'released', runnerId: 'runner', receivedMinor: 2098 });

function owing(payment: Payment, call: OwedCall): Payment {
  return after(payment, { type: 'operation_opened', operation: operation(call) as Operation });
}

/** The payments that owe a call of each kind. */
export const OWING: Readonly<Record<OperationKind, Payment>> = {
  authorize: asking,
  capture: owing(held, { kind: 'capture', params: { runnerId: 'runner' } }),
  void: owing(held, { kind: 'void', params: { purpose: 'revert', reason: null } }),
  refund: owing(paid, { kind: 'refund', params: { reason: 'cold' } }),
  transfer: owing(paid, {
    kind: 'transfer',
    params: {
      transferId: 'transfer-1',
      stripeAccount: 'acct_1',
      amountMinor: 1500,
      chargeId: 'ch_1',
    },
  }),
  reversal: owing(paid, {
    kind: 'reversal',
    params: { transferId: 'transfer-1', stripeTransferId: 'tr_1', amountMinor: 700 },
  }),
};

/** The same payment, owing the same call on other terms. */
export function withParams(payment: Payment, params: Readonly<Record<string, unknown>>): Payment {
  const { operation } = payment;
  if (operation === null) throw new Error('owes nothing');
  const changed = { ...operation, params: { ...operation.params, ...params } };
  return { ...payment, operation: changed } as Payment;
}

type Call = (
  stripe: OddStripe,
) => Promise<Result<unknown, GatewayFault | { readonly type: string }>>;

const performing =
  (kind: keyof typeof OWING): Call =>
  ({ gateway }) => {
    const payment = OWING[kind];
    if (payment.operation === null) throw new Error('owes nothing');
    return gateway.perform({ payment, operation: payment.operation, installation: null });
  };

/** Each call of the gateway that answers with one PaymentIntent. */
export const INTENT_CALLS = {
  authorize: performing('authorize'),
  capture: performing('capture'),
  void: performing('void'),
  retrieve: ({ gateway }) => gateway.retrieve(INTENT_ID),
  cancelOrphan: ({ gateway }) => gateway.cancelOrphan(INTENT_ID),
} as const satisfies Readonly<Record<string, Call>>;

/** All calls of the gateway, but the one that the SDK repeats by itself. */
export const CALLS = {
  ...INTENT_CALLS,
  refund: performing('refund'),
  transfer: performing('transfer'),
  reversal: performing('reversal'),
  findTransfer: ({ gateway }) =>
    gateway.findTransfer({ payment: paid, transferId: 'transfer-1', installation: 'inst_odd' }),
  findReversal: ({ gateway }) =>
    gateway.findReversal({ stripeTransferId: 'tr_1', operationKey: 'key-reversal' }),
  account: ({ gateway }) => gateway.account('acct_1'),
  defaultPaymentMethod: ({ gateway }) => gateway.defaultPaymentMethod('cus_1'),
  cards: ({ gateway }) => gateway.cards('cus_1'),
  findIntent: ({ gateway }) =>
    gateway.findIntent({ payment: held, since: SINCE, isOurs: () => true }),
  findCustomer: ({ gateway }) =>
    gateway.findCustomer({ customerId: 'user', installation: null, since: SINCE }),
  listIntents: ({ gateway }) => gateway.listIntents({ from: SINCE, to: new Date(), after: null }),
  missedEvents: ({ gateway }) => gateway.missedEvents({ since: SINCE, after: null }),
  listTransfers: ({ gateway }) => gateway.listTransfers(PERIOD),
  listRefunds: ({ gateway }) => gateway.listRefunds(PERIOD),
  listMovements: ({ gateway }) => gateway.listMovements({ ...PERIOD, kind: 'reversal' }),
  transfersOf: ({ gateway }) => gateway.transfersOf(held),
} as const satisfies Readonly<Record<string, Call>>;

export const createCustomer: Call = ({ gateway }) =>
  gateway.createCustomer({ customerId: 'user', key: 'key', installation: null });

export const STATUSES = [200, 400, 402, 404, 409, 429, 500, 502] as const;

/** Any JSON, with more of what breaks programs than chance would bring. */
export const anyJson = fc.oneof(
  fc.jsonValue(),
  fc.constantFrom<unknown>('ok', 'slow down', '', 0, -1, 1e308, true, false, null, [], [null], {}),
  fc.constantFrom<unknown>(
    { error: null },
    { error: 'x' },
    { error: 5 },
    { error: [] },
    { data: 1 },
  ),
  fc.record({ error: fc.jsonValue() }),
  fc.record({
    error: fc.record({
      type: fc.constantFrom('card_error', 'invalid_request_error', 'idempotency_error', 'x'),
      code: fc.oneof(fc.jsonValue(), fc.constant('resource_missing')),
      message: fc.jsonValue(),
      param: fc.jsonValue(),
      payment_intent: fc.jsonValue(),
    }),
  }),
  fc.record({
    object: fc.constant('list'),
    data: fc.oneof(fc.jsonValue(), fc.array(fc.jsonValue())),
    has_more: fc.oneof(fc.boolean(), fc.jsonValue()),
  }),
);

/** A held PaymentIntent with its charge, as far as we read it, and a little more. */
export function wholeIntent(): Record<string, unknown> {
  return {
    id: INTENT_ID,
    object: 'payment_intent',
    amount: 2098,
    amount_received: 0,
    cancellation_reason: null,
    capture_method: 'manual',
    client_secret: `${INTENT_ID}_secret_1`,
    created: 1_793_000_000,
    currency: 'usd',
    customer: 'cus_1',
    last_payment_error: { code: 'card_declined', decline_code: 'fraudulent', message: 'No.' },
    latest_charge: {
      id: 'ch_1',
      object: 'charge',
      amount_refunded: 0,
      disputed: false,
      refunds: { object: 'list', data: [failedRefund()], has_more: false },
      payment_method_details: { card: { capture_before: 1_793_600_000 } },
    },
    metadata: { payment_id: 'payment-1', order_id: 'order-1', attempt: '1' },
    next_action: { redirect_to_url: { url: 'https://bank.example/' } },
    status: 'requires_capture',
  };
}

const failedRefund = () => ({
  id: 're_0',
  object: 'refund',
  amount: 98,
  failure_reason: 'lost_or_stolen_card',
  status: 'failed',
});

export const wholeRefund = () => ({
  id: 're_1',
  object: 'refund',
  amount: 2098,
  failure_reason: null,
  payment_intent: wholeIntent(),
  status: 'succeeded',
});

/** What was sent to a runner, as far as we read it. */
export const wholeTransfer = (installation?: string) => ({
  id: 'tr_1',
  object: 'transfer',
  amount: 1500,
  amount_reversed: 0,
  currency: 'usd',
  destination: 'acct_1',
  metadata: {
    payment_id: 'payment-1',
    order_id: 'order-1',
    transfer_id: 'transfer-1',
    ...(installation === undefined ? {} : { installation }),
  },
  source_transaction: 'ch_1',
});

export const wholeReversal = () => ({
  id: 'trr_1',
  object: 'transfer_reversal',
  amount: 700,
  currency: 'usd',
  metadata: { transfer_id: 'transfer-1', reversal_key: 'key-reversal' },
  transfer: 'tr_1',
});

export const wholeAccount = () => ({
  id: 'acct_1',
  object: 'account',
  capabilities: { card_payments: 'inactive', transfers: 'active' },
  requirements: { disabled_reason: null },
});

/** What stands instead of a value; `undefined` drops its field. */
const INSTEAD: readonly unknown[] = [
  undefined,
  null,
  '',
  'odd',
  'nul\0',
  'half \ud800',
  0,
  -1,
  1.5,
  2 ** 53,
  1e300,
  true,
  [],
  {},
  { id: 5 },
];

/** Each way in which one value of a whole object is replaced, at every depth. */
export function* mutations(
  whole: unknown,
  path: string = '',
): Generator<{ readonly path: string; readonly instead: unknown; readonly mutant: unknown }> {
  if (path !== '') {
    for (const instead of INSTEAD) yield { path, instead, mutant: instead };
  }
  if (typeof whole !== 'object' || whole === null) return;
  for (const [key, value] of Object.entries(whole)) {
    const below = path === '' ? key : `${path}.${key}`;
    for (const one of mutations(value, below))
      yield { ...one, mutant: { ...whole, [key]: one.mutant } };
  }
}
