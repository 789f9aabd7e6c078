import type { ErrorCode } from '@campusg-pay/adapters/contract';
import { KEY_PATTERN } from './idempotency-key.js';
import { COMPAT_SCHEMAS, compatPaths } from './openapi-compat.js';
import type { EXAMPLES } from './openapi-examples.js';
import { listPaths } from './openapi-lists.js';
import {
  ANYWHERE,
  documentedQuestion,
  errorResponses,
  idParameter,
  json,
  jsonBody,
  RETRY_AFTER,
} from './openapi-parts.js';
import { runnerPaths } from './openapi-runners.js';
import { componentSchemas } from './openapi-schemas.js';
import { servicePaths } from './openapi-service.js';

/** That of package.json, which a bundle of this would not have beside it; a test compares them. */
const VERSION = '0.1.0';

const COMMAND: readonly ErrorCode[] = [
  'invalid_request',
  'payment_state_conflict',
  'operation_in_progress',
  'overtaken',
  'contradicting_repeat',
  'idempotency_key_reused',
  'body_too_large',
  'unsupported_media_type',
  'body_already_read',
  'gateway_unavailable',
  'database_unavailable',
  ...ANYWHERE,
];

/** What the committed description is of: all there is, where `npm start` serves it. */
export const WHOLE_API = { url: 'http://localhost:3003', compatRoutes: true };

/**
 * The OpenAPI 3.1 document of a service, made from the schemas that requests are read by.
 *
 * @param at.url where the service is called, without a slash at its end
 * @param at.compatRoutes whether it serves the routes without `/api`
 */
export function openApiDocument({
  url,
  compatRoutes,
}: {
  readonly url: string;
  readonly compatRoutes: boolean;
}): object {
  return {
    openapi: '3.1.0',
    info: {
      title: 'CampusG Pay',
      version: VERSION,
      description:
        "Holds a customer's payment until delivery, then takes it or gives it back. A release takes the " +
        "money, or a part of it, and sends the runner's share to their Stripe account. " +
        'Amounts are integer minor units in requests (2098) and major units in answers (20.98), where ' +
        'their names do not say otherwise. A field of a request that speaks of money and is not ' +
        'described here (under any likely name) is refused with 400 by name, unless it is the whole ' +
        'amount or nothing on top.',
    },
    servers: [{ url }],
    security: [{ apiKey: [] }, {}],
    paths: {
      ...paymentPaths(),
      ...listPaths(),
      ...runnerPaths(),
      ...servicePaths(),
      ...(compatRoutes ? compatPaths() : {}),
    },
    components: {
      securitySchemes: {
        apiKey: {
          type: 'http',
          scheme: 'bearer',
          description:
            'Wanted on every /api route but the webhook once API_KEYS is set. Until then only this ' +
            'machine may call: 403 where `Host` names another, or a web page of another origin sends it.',
        },
      },
      schemas: componentSchemas(compatRoutes ? [] : COMPAT_SCHEMAS),
    },
  };
}

const UNDER_WAY =
  'Written down, and still under way. A refund may be so for days: the bank has still to agree to it, ' +
  'and the payment stays RELEASED until it has.';

/** What a command about a payment that is there may be refused with besides. */
const OF_PAYMENT: readonly ErrorCode[] = [
  'payment_not_found',
  'needs_review',
  'disputed',
  'gateway_refused',
  'gateway_error',
];

function paymentPaths(): object {
  return {
    '/api/payment/{order_id}/authorize': {
      post: command({
        operationId: 'authorizePayment',
        summary: "Hold an order's amount on the customer's card",
        description:
          'Asked again with the same customer, amount and payment method while the payment is ' +
          'live, it answers with that payment. With `requiresAction` the customer must first ' +
          'authenticate at `nextAction.redirectUrl`, or with `clientSecret` in the page.',
        request: 'AuthorizeRequest',
        answer: 'Authorized',
        errors: [
          'payment_method_missing',
          'payment_method_invalid',
          'stripe_customer_unknown',
          'payment_declined',
          'payment_id_taken',
          'gateway_error',
          ...COMMAND,
        ],
      }),
    },
    '/api/payment/{order_id}/release': {
      post: command({
        operationId: 'releasePayment',
        summary: 'Take the held amount for the runner',
        description:
          'With an `amount` below what is held the rest goes back to the customer at once; a `tip` is ' +
          'taken on top. The answer comes when the capture is done. What is taken less the fee is sent ' +
          "to the runner's account in the same command where that works at once, else as soon as it " +
          'does: `payment.transfer` tells. Asked again with the same runner, it answers the same.',
        request: 'ReleaseRequest',
        answer: 'Released',
        errors: [...OF_PAYMENT, 'hold_expired', 'amount_exceeds_hold', ...COMMAND],
      }),
    },
    '/api/payment/{order_id}/revert': { post: revertCommand() },
    '/api/payment/{order_id}/status': {
      get: documentedQuestion(
        'order_id',
        {
          operationId: 'getPaymentStatus',
          summary:
            "The order's latest payment; Stripe is asked while it is INITIATING, and what the customer " +
            'must do is told',
        },
        'Status',
      ),
    },
    '/api/payment/{payment_id}/details': {
      get: documentedQuestion('payment_id', {
        operationId: 'getPaymentDetails',
        summary: 'A payment by its own id',
      }),
    },
  };
}

function revertCommand(): object {
  return command({
    operationId: 'revertPayment',
    summary: 'Give the money back: cancel, void or refund, as the payment stands',
    description:
      'The top-level `status` of this answer is FAILED once nothing is left, as the guide documents ' +
      "it, while the payment's true status is REVERTED, shown in `payment` and everywhere else, and " +
      'it is RELEASED, with the `refund`, where an `amount` below what is left was given back, which ' +
      'needs a `refundId` or an `Idempotency-Key`.',
    request: 'RevertRequest',
    optionalRequest: true,
    answer: 'Reverted',
    errors: [
      ...OF_PAYMENT,
      'amount_exceeds_captured',
      'nothing_captured',
      'too_many_refunds',
      ...COMMAND,
    ],
  });
}

interface CommandDoc {
  readonly operationId: string;
  readonly summary: string;
  readonly description: string;
  readonly request: keyof typeof EXAMPLES;
  readonly optionalRequest?: boolean;
  readonly answer: keyof typeof EXAMPLES;
  readonly errors: readonly ErrorCode[];
}

function command({ request, optionalRequest, answer, errors, ...texts }: CommandDoc): object {
  return {
    ...texts,
    parameters: [idParameter('order_id'), IDEMPOTENCY_KEY],
    requestBody: {
      required: optionalRequest !== true,
      content: jsonBody(request),
    },
    responses: {
      200: json('Done.', answer),
      202: { ...json(UNDER_WAY, 'Processing'), headers: RETRY_AFTER },
      ...errorResponses(errors),
    },
  };
}

const IDEMPOTENCY_KEY = {
  name: 'Idempotency-Key',
  in: 'header',
  description:
    'Optional. The same key and request again within a day get the first answer again, byte for ' +
    'byte and with `Idempotent-Replayed: true`, if it was 200 (without a secret) or 402. Two requests ' +
    'are the same if they mean the same: the order of fields, white space, how a number is written ' +
    'and fields that are not described here do not count. After any other answer ' +
    'the command is run again, but an authorize under one key never makes a second payment ' +
    '(unless it has a custpaymentId, which does the same). Commands may be repeated without it.',
  schema: { type: 'string', minLength: 1, maxLength: 255, pattern: KEY_PATTERN.source },
};
