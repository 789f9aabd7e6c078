import { err, ok, type Result } from 'neverthrow';
import { type Failure, invalid, unexpectedState } from '../api/failure.js';
import { listing, readList } from '../api/listing.js';
import { patchMetadata } from '../api/reader.js';
import { found, type PathIds, type Route, route, showing } from '../api/routes.js';
import { change, emit, shownIntent, stamp, type World } from '../state/world.js';
import { checkConfirm, confirm } from './confirm.js';
import { minimumMinor } from './currencies.js';
import { usableCustomer } from './customers.js';
import { cancel, capture } from './hold-end.js';
import { newId, randomText } from './ids.js';
import {
  type CreateParams,
  readCancel,
  readCapture,
  readConfirm,
  readCreate,
  readUpdate,
  type UpdateParams,
} from './intent-params.js';
import { chosenMethod, payable } from './payment-methods.js';
import type { IntentRecord, IntentStatus, MethodRecord } from './records.js';
import { clientSecretOf } from './render-payment.js';

const BEFORE_HOLD: readonly IntentStatus[] = [
  'requires_payment_method',
  'requires_confirmation',
  'requires_action',
];

function draft(world: World, params: CreateParams): Result<IntentRecord, Failure> {
  const { automatic, types } = params;
  // Without either parameter Stripe takes what the dashboard allows, redirects included.
  const byDashboard = types === undefined && automatic === undefined;
  const automaticMethods = byDashboard
    ? { enabled: true as const, redirects: true }
    : automatic?.enabled === true
      ? { enabled: true as const, redirects: automatic.redirects }
      : null;
  return patchMetadata({}, params.metadata).map((metadata) => ({
    id: newId('pi'),
    ...stamp(world, 'payment_intent'),
    status: 'requires_payment_method',
    amount: params.amount,
    currency: params.currency,
    amountCapturable: 0,
    amountReceived: 0,
    captureMethod: params.captureMethod,
    confirmationMethod: params.confirmationMethod,
    customer: params.customer ?? null,
    method: null,
    description: params.description ?? null,
    metadata,
    receiptEmail: params.receiptEmail ?? null,
    statementDescriptor: params.statementDescriptor ?? null,
    statementDescriptorSuffix: params.statementDescriptorSuffix ?? null,
    transferGroup: params.transferGroup ?? null,
    setupFutureUsage: params.setupFutureUsage ?? null,
    allowedTypes: types ?? null,
    automaticMethods,
    secret: randomText(25),
    returnUrl: null,
    latestCharge: null,
    canceledAt: null,
    cancellationReason: null,
    lastError: null,
  }));
}

/** Stores the method that an unconfirmed intent names, without paying with it. */
function choose(
  world: World,
  intent: IntentRecord,
  id: string | undefined,
): Result<MethodRecord | null, Failure> {
  if (id === undefined) return ok(null);
  const chosen = chosenMethod(world, { id, param: 'payment_method', status: 400 });
  if (chosen.isErr()) return err(chosen.error);
  return payable(chosen.value.method, intent.customer).map((method) => {
    if (chosen.value.fresh) world.store.put('payment_method', method);
    return method;
  });
}

function open(world: World, intent: IntentRecord): IntentRecord {
  world.store.put('payment_intent', intent);
  emit(world, 'payment_intent.created', { kind: 'payment_intent', record: intent });
  return intent;
}

function create(world: World, params: CreateParams): Result<IntentRecord, Failure> {
  const owner = usableCustomer(world, params.customer);
  if (owner.isErr()) return err(owner.error);
  const drafted = draft(world, params);
  if (drafted.isErr()) return err(drafted.error);
  const intent = drafted.value;
  if (!params.confirm) {
    return choose(world, intent, params.method).map((method) =>
      open(
        world,
        method === null
          ? intent
          : { ...intent, method: method.id, status: 'requires_confirmation' },
      ),
    );
  }
  const { method, confirming } = params;
  return checkConfirm(world, intent, { method, params: confirming }).andThen((chosen) =>
    confirm(world, open(world, intent), { chosen, params: confirming }),
  );
}

function update(
  world: World,
  intent: IntentRecord,
  params: UpdateParams,
): Result<IntentRecord, Failure> {
  const { amount, types, customer } = params;
  for (const name of ['amount', 'customer', 'method', 'setupFutureUsage', 'types'] as const) {
    if (params[name] === undefined || BEFORE_HOLD.includes(intent.status)) continue;
    const param = {
      method: 'payment_method',
      setupFutureUsage: 'setup_future_usage',
      types: 'allowed_payment_method_types',
      amount: 'amount',
      customer: 'customer',
    }[name];
    const message = `This PaymentIntent's ${param} could not be updated because it has a status of ${intent.status}. You may only update the ${param} of a PaymentIntent with one of the following statuses: ${BEFORE_HOLD.join(', ')}.`;
    return err(unexpectedState(message, shownIntent(world, intent), param));
  }
  if (amount !== undefined && amount < minimumMinor(intent.currency)) {
    const message = `Amount must be at least ${minimumMinor(intent.currency)} ${intent.currency}`;
    return err(invalid(message, { code: 'amount_too_small', param: 'amount' }));
  }
  const owner = usableCustomer(world, customer);
  if (owner.isErr()) return err(owner.error);
  const metadata = patchMetadata(intent.metadata, params.metadata);
  if (metadata.isErr()) return err(metadata.error);
  const owned = { ...intent, customer: customer ?? intent.customer };
  return choose(world, owned, params.method).map((method) => {
    const to: Partial<IntentRecord> = { customer: owned.customer, metadata: metadata.value };
    const labels = {
      amount,
      description: params.description,
      receiptEmail: params.receiptEmail,
      setupFutureUsage: params.setupFutureUsage,
      statementDescriptor: params.statementDescriptor,
      statementDescriptorSuffix: params.statementDescriptorSuffix,
      transferGroup: params.transferGroup,
      allowedTypes: types,
      ...(method === null ? {} : { method: method.id, status: 'requires_confirmation' as const }),
    };
    const given = Object.entries(labels).filter(([, value]) => value !== undefined);
    const record = { ...intent, ...to, ...Object.fromEntries(given) } as IntentRecord;
    return change(world, 'payment_intent', { record, to: {} });
  });
}

function confirmAgain(
  world: World,
  intent: IntentRecord,
  params: ReturnType<typeof readConfirm>,
): Result<IntentRecord, Failure> {
  if (!BEFORE_HOLD.includes(intent.status)) {
    const message =
      intent.status === 'canceled'
        ? 'You cannot confirm this PaymentIntent because it has a status of canceled. Only a PaymentIntent with one of the following statuses may be confirmed: requires_confirmation, requires_action.'
        : 'You cannot confirm this PaymentIntent because it has already succeeded after being previously confirmed.';
    return err(unexpectedState(message, shownIntent(world, intent)));
  }
  const { captureMethod, setupFutureUsage, receiptEmail, types, method, confirming } = params;
  const wished: IntentRecord = {
    ...intent,
    captureMethod: captureMethod ?? intent.captureMethod,
    setupFutureUsage: setupFutureUsage ?? intent.setupFutureUsage,
    receiptEmail: receiptEmail === undefined ? intent.receiptEmail : receiptEmail,
    allowedTypes: types ?? intent.allowedTypes,
  };
  return checkConfirm(world, wished, { method, params: confirming }).andThen((chosen) =>
    confirm(world, wished, { chosen, params: confirming }),
  );
}

/** The intent of the path, if the client secret (when one is sent) is its own. */
function named(world: World, ids: PathIds, clientSecret?: string): Result<IntentRecord, Failure> {
  const intent = found(world, 'payment_intent', { id: ids.intent, param: 'intent' });
  if (intent.isErr() || clientSecret === undefined) return intent;
  if (clientSecret === clientSecretOf(intent.value)) return intent;
  const message =
    'The client_secret provided does not match the client_secret associated with the PaymentIntent.';
  return err(
    invalid(message, { code: 'payment_intent_invalid_parameter', param: 'client_secret' }),
  );
}

const PATH = '/v1/payment_intents';
const answers = 'payment_intent';
const shown = (intent: IntentRecord) => showing('payment_intent', intent);

export const intentRoutes: readonly Route[] = [
  route('POST', PATH, {
    answers,
    read: readCreate,
    run: (world, params) => create(world, params).map(shown),
  }),
  route('GET', PATH, {
    answers: { listOf: 'payment_intent' },
    read: (params) => {
      params.notBuilt('customer_account');
      return { list: readList(params), customer: params.text('customer') };
    },
    run: (world, { list, customer }) => {
      const by = customer === undefined ? undefined : { index: 'customer', value: customer };
      return listing(world, 'payment_intent', { params: list, url: PATH, by });
    },
  }),
  route('GET', `${PATH}/:intent`, {
    answers,
    publishable: true,
    read: (params) => ({ clientSecret: params.text('client_secret') }),
    run: (world, { clientSecret }, ids) => named(world, ids, clientSecret).map(shown),
  }),
  route('POST', `${PATH}/:intent`, {
    answers,
    read: readUpdate,
    run: (world, params, ids) =>
      named(world, ids)
        .andThen((intent) => update(world, intent, params))
        .map(shown),
  }),
  route('POST', `${PATH}/:intent/confirm`, {
    answers,
    publishable: true,
    read: readConfirm,
    run: (world, params, ids) =>
      named(world, ids, params.clientSecret)
        .andThen((intent) => confirmAgain(world, intent, params))
        .map(shown),
  }),
  route('POST', `${PATH}/:intent/capture`, {
    answers,
    read: readCapture,
    run: (world, params, ids) =>
      named(world, ids)
        .andThen((intent) => capture(world, intent, params))
        .map(shown),
  }),
  route('POST', `${PATH}/:intent/cancel`, {
    answers,
    read: readCancel,
    run: (world, { reason }, ids) =>
      named(world, ids)
        .andThen((intent) => cancel(world, intent, reason))
        .map(shown),
  }),
];
