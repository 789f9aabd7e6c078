import { err, type Result } from 'neverthrow';
import { type Failure, invalid } from '../../model/failure.js';
import { cancel, capture } from '../../model/hold-end.js';
import { incrementHold } from '../../model/increment.js';
import { confirmIntent, createIntent, updateIntent } from '../../model/payment-intent.js';
import { clientSecretOf } from '../../model/payment-shapes.js';
import type { IntentRecord } from '../../state/records.js';
import type { World } from '../../state/world.js';
import { showing } from '../answer.js';
import { listing, readList } from '../list-query.js';
import { found, type PathIds, type Route, route } from '../route.js';
import {
  readCancel,
  readCapture,
  readConfirm,
  readCreate,
  readIncrement,
  readUpdate,
} from './intent-params.js';

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
    run: (world, params) => createIntent(world, params).map(shown),
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
        .andThen((intent) => updateIntent(world, intent, params))
        .map(shown),
  }),
  route('POST', `${PATH}/:intent/confirm`, {
    answers,
    publishable: true,
    read: readConfirm,
    run: (world, params, ids) =>
      named(world, ids, params.clientSecret)
        .andThen((intent) => confirmIntent(world, intent, params))
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
  route('POST', `${PATH}/:intent/increment_authorization`, {
    answers,
    read: readIncrement,
    run: (world, params, ids) =>
      named(world, ids)
        .andThen((intent) => incrementHold(world, intent, params))
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
