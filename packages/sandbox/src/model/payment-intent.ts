import { err, ok, type Result } from 'neverthrow';
import { newId, randomText } from '../state/ids.js';
import type {
  CaptureMethod,
  CardRequests,
  FutureUsage,
  IntentRecord,
  IntentStatus,
  MethodRecord,
} from '../state/records.js';
import { change, emit, stamp, type World } from '../state/world.js';
import { type ConfirmParams, checkConfirm, confirmWithMethod } from './confirmation.js';
import { amountProblem } from './currencies.js';
import { usableCustomer } from './customer.js';
import { type Failure, invalid, unexpectedState } from './failure.js';
import { type MetadataPatch, patchMetadata } from './metadata.js';
import { chosenMethod, payable } from './payment-method.js';
import { shownIntent } from './payment-shapes.js';

/** What create, update and confirm may all give; undefined leaves a field as it is. */
interface ChoiceParams {
  readonly method: string | undefined;
  readonly receiptEmail: string | null | undefined;
  readonly setupFutureUsage: FutureUsage | undefined;
  readonly types: readonly string[] | undefined;
  readonly requests: CardRequests | undefined;
}

/** What create and update may give besides; null removes a field. */
interface LabelParams {
  readonly description: string | null | undefined;
  readonly metadata: MetadataPatch | undefined;
  readonly statementDescriptor: string | null | undefined;
  readonly statementDescriptorSuffix: string | null | undefined;
  readonly transferGroup: string | null | undefined;
}

export interface CreateParams extends ChoiceParams, LabelParams {
  /** Minor units. */
  readonly amount: number;
  /** Lower case. */
  readonly currency: string;
  readonly confirm: boolean;
  readonly confirming: ConfirmParams;
  readonly captureMethod: CaptureMethod;
  readonly confirmationMethod: 'automatic' | 'manual';
  readonly customer: string | undefined;
  readonly automatic: { readonly enabled: boolean; readonly redirects: boolean } | undefined;
}

export interface UpdateParams extends ChoiceParams, LabelParams {
  /** Minor units. */
  readonly amount: number | undefined;
  readonly customer: string | undefined;
}

export interface ConfirmIntentParams extends ChoiceParams {
  readonly captureMethod: CaptureMethod | undefined;
  readonly confirming: ConfirmParams;
}

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
    ...(params.requests === undefined ? {} : { requests: params.requests }),
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
  return payable(chosen.value.method, intent).map((method) => {
    if (chosen.value.fresh) world.store.put('payment_method', method);
    return method;
  });
}

function open(world: World, intent: IntentRecord): IntentRecord {
  world.store.put('payment_intent', intent);
  emit(world, 'payment_intent.created', { kind: 'payment_intent', record: intent });
  return intent;
}

export function createIntent(world: World, params: CreateParams): Result<IntentRecord, Failure> {
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
    confirmWithMethod(world, open(world, intent), { chosen, params: confirming }),
  );
}

/** What is asked of the hold now: a later wish takes the place of the one of its name. */
function wishedOf({ requests = {} }: IntentRecord, more: CardRequests | undefined): CardRequests {
  return { ...requests, ...more };
}

export function updateIntent(
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
  const problem = amount === undefined ? undefined : amountProblem(amount, intent.currency);
  if (problem !== undefined) {
    return err(invalid(problem.message, { code: problem.code, param: 'amount' }));
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
      requests: wishedOf(intent, params.requests),
      ...(method === null ? {} : { method: method.id, status: 'requires_confirmation' as const }),
    };
    const given = Object.entries(labels).filter(([, value]) => value !== undefined);
    const record = { ...intent, ...to, ...Object.fromEntries(given) } as IntentRecord;
    return change(world, 'payment_intent', { record, to: {} });
  });
}

export function confirmIntent(
  world: World,
  intent: IntentRecord,
  params: ConfirmIntentParams,
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
    requests: wishedOf(intent, params.requests),
  };
  return checkConfirm(world, wished, { method, params: confirming }).andThen((chosen) =>
    confirmWithMethod(world, wished, { chosen, params: confirming }),
  );
}
