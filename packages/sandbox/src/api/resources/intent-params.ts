import type { ConfirmParams } from '../../model/confirmation.js';
import { amountProblem, isCurrency, PRESENTMENT_CURRENCIES } from '../../model/currencies.js';
import type { CaptureParams } from '../../model/hold-end.js';
import type { IncrementParams } from '../../model/increment.js';
import type {
  ConfirmIntentParams,
  CreateParams,
  UpdateParams,
} from '../../model/payment-intent.js';
import { CARD_FEATURES, type CardRequests } from '../../state/records.js';
import type { Reader } from '../reader.js';
import { OTHER_TYPES } from './payment-types.js';

// Real parameters of Stripe that the sandbox would have to ignore: it refuses them by name instead.
const NOT_BUILT = [
  'amount_details',
  'application_fee_amount',
  'confirmation_token',
  'customer_account',
  'excluded_payment_method_types',
  'hooks',
  'mandate',
  'mandate_data',
  'on_behalf_of',
  'payment_details',
  'payment_method_configuration',
  'payment_method_data',
  'radar_options',
  'shipping',
  'transfer_data',
];

/** The currency of an amount, in lower case. */
export function readCurrency(params: Reader): string {
  const currency = params.required('currency').toLowerCase();
  if (currency !== '' && !isCurrency(currency)) {
    const message = `Invalid currency: ${currency}. Stripe currently supports these currencies: ${PRESENTMENT_CURRENCIES.join(', ')}`;
    params.refuse(message, 'currency');
  }
  return currency;
}

function readReturnUrl(params: Reader): string | undefined {
  const url = params.text('return_url', { max: 5000 });
  if (url === undefined) return undefined;
  // Apps return to schemes of their own; those that run code in a browser are never a way back.
  const sound = URL.canParse(url) && !/^(javascript|data|vbscript|blob|file):/i.test(url);
  if (!sound) params.refuse('Not a valid URL', 'return_url', 'url_invalid');
  return url;
}

function readAutomatic(params: Reader) {
  if (!params.has('automatic_payment_methods')) return undefined;
  const automatic = params.inside('automatic_payment_methods');
  const redirects = automatic.oneOf('allow_redirects', ['always', 'never']);
  if (!automatic.has('enabled')) automatic.required('enabled');
  const enabled = automatic.boolean('enabled') ?? false;
  return { enabled, redirects: redirects !== 'never' };
}

function readTypes(params: Reader): readonly string[] | undefined {
  const types = params.list('allowed_payment_method_types');
  for (const type of types ?? []) {
    if (type === 'card') continue;
    params.lacks(`payments by ${type}, only by card`, 'allowed_payment_method_types');
  }
  return types;
}

function readOffSession(params: Reader): boolean | undefined {
  const sent = params.text('off_session');
  if (sent === 'one_off' || sent === 'recurring') return true;
  return params.boolean('off_session');
}

const CARD_OPTIONS_NOT_BUILT = [
  'capture_method',
  'cvc_token',
  'installments',
  'mandate_options',
  'moto',
  'network',
  'request_three_d_secure',
  'require_cvc_recollection',
  'setup_future_usage',
  'statement_descriptor_suffix_kana',
  'statement_descriptor_suffix_kanji',
  'three_d_secure',
];

/** What is asked of the hold. */
function readRequests(params: Reader): CardRequests | undefined {
  const options = params.inside('payment_method_options');
  options.notBuilt('card_present', ...OTHER_TYPES);
  const card = options.inside('card');
  card.notBuilt(...CARD_OPTIONS_NOT_BUILT);
  const requests: { -readonly [name in keyof CardRequests]: CardRequests[name] } = {};
  for (const feature of CARD_FEATURES) {
    const wish = card.oneOf(`request_${feature}`, ['if_available', 'never']);
    if (wish !== undefined) requests[feature] = wish;
  }
  return Object.keys(requests).length === 0 ? undefined : requests;
}

/** Parameters that create, update and confirm share. */
function readCommon(params: Reader) {
  return {
    method: params.text('payment_method'),
    receiptEmail: params.clearable('receipt_email', { max: 800 }),
    setupFutureUsage: params.oneOf('setup_future_usage', ['on_session', 'off_session']),
    types: readTypes(params),
    requests: readRequests(params),
  };
}

function readConfirming(params: Reader): ConfirmParams {
  params.ignore('use_stripe_sdk');
  return {
    returnUrl: readReturnUrl(params),
    offSession: readOffSession(params) ?? false,
    errorOnAction: params.boolean('error_on_requires_action') ?? false,
  };
}

function readLabels(params: Reader) {
  return {
    description: params.clearable('description', { max: 1000 }),
    metadata: params.metadata(),
    statementDescriptor: params.clearable('statement_descriptor', { max: 22 }),
    statementDescriptorSuffix: params.clearable('statement_descriptor_suffix', { max: 22 }),
    transferGroup: params.clearable('transfer_group', { max: 500 }),
  };
}

const CAPTURE_METHODS = ['automatic', 'automatic_async', 'manual'] as const;

export function readCreate(params: Reader): CreateParams {
  params.notBuilt(...NOT_BUILT);
  const amount = params.requiredInteger('amount');
  const currency = readCurrency(params);
  const problem = params.has('amount') ? amountProblem(amount, currency) : undefined;
  if (problem !== undefined) params.refuse(problem.message, 'amount', problem.code);
  const confirm = params.boolean('confirm') ?? false;
  const confirming = readConfirming(params);
  if (!confirm) {
    for (const name of ['off_session', 'error_on_requires_action', 'return_url']) {
      if (!params.has(name)) continue;
      params.refuse(
        `The parameter ${name} cannot be passed when creating a PaymentIntent unless confirm is set to true.`,
        name,
      );
    }
  }
  return {
    amount,
    currency,
    confirm,
    confirming,
    captureMethod: params.oneOf('capture_method', CAPTURE_METHODS) ?? 'automatic_async',
    confirmationMethod: params.oneOf('confirmation_method', ['automatic', 'manual']) ?? 'automatic',
    customer: params.text('customer'),
    automatic: readAutomatic(params),
    ...readCommon(params),
    ...readLabels(params),
  };
}

export function readUpdate(params: Reader): UpdateParams {
  params.notBuilt(...NOT_BUILT, 'currency', 'capture_method');
  return {
    amount: params.integer('amount', { min: 1 }),
    customer: params.text('customer'),
    ...readCommon(params),
    ...readLabels(params),
  };
}

export function readConfirm(
  params: Reader,
): ConfirmIntentParams & { clientSecret: string | undefined } {
  params.notBuilt(...NOT_BUILT, 'amount_to_confirm');
  return {
    clientSecret: params.text('client_secret'),
    captureMethod: params.oneOf('capture_method', CAPTURE_METHODS),
    confirming: readConfirming(params),
    ...readCommon(params),
  };
}

export function readCapture(params: Reader): CaptureParams {
  params.notBuilt(
    'amount_details',
    'application_fee_amount',
    'hooks',
    'payment_details',
    'transfer_data',
  );
  const finalCapture = params.boolean('final_capture') ?? true;
  if (!finalCapture) {
    params.refuse('This payment does not support multiple captures.', 'final_capture');
  }
  return {
    amount: params.integer('amount_to_capture', { min: 1 }),
    metadata: params.metadata(),
    statementDescriptor: params.clearable('statement_descriptor', { max: 22 }),
    statementDescriptorSuffix: params.clearable('statement_descriptor_suffix', { max: 22 }),
  };
}

export function readIncrement(params: Reader): IncrementParams {
  params.notBuilt(
    'amount_details',
    'application_fee_amount',
    'hooks',
    'payment_details',
    'transfer_data',
  );
  return {
    amount: params.requiredInteger('amount'),
    description: params.clearable('description', { max: 1000 }),
    metadata: params.metadata(),
    statementDescriptor: params.clearable('statement_descriptor', { max: 22 }),
  };
}

const CANCEL_REASONS = ['duplicate', 'fraudulent', 'requested_by_customer', 'abandoned'] as const;

export function readCancel(params: Reader) {
  return { reason: params.oneOf('cancellation_reason', CANCEL_REASONS) ?? null };
}
