import type { EXAMPLES } from './openapi-examples.js';
import {
  ANYWHERE,
  documentedQuestion,
  errorResponses,
  idParameter,
  json,
  jsonBody,
  QUESTION,
} from './openapi-parts.js';
import type { SchemaName } from './openapi-schemas.js';

const ONLY_WHEN_ON = 'Served only with COMPAT_ROUTES=true.';

/** What only those routes speak of. */
export const COMPAT_SCHEMAS: readonly SchemaName[] = [
  'History',
  'Accepted',
  'CompatReleaseRequest',
  'CompatRevertRequest',
];

/** The routes of the platform's later service, which has no /api. */
export function compatPaths(): object {
  return {
    '/payment/{order_id}/status': {
      get: documentedQuestion('order_id', {
        operationId: 'getPaymentStatusCompat',
        summary: `As under /api. ${ONLY_WHEN_ON}`,
      }),
    },
    '/payment/{payment_id}/details': {
      get: documentedQuestion('payment_id', {
        operationId: 'getPaymentDetailsCompat',
        summary: `As under /api. ${ONLY_WHEN_ON}`,
      }),
    },
    '/history/{user_id}': {
      get: {
        operationId: 'getHistory',
        summary: `What a user has spent as customer and earned as runner. ${ONLY_WHEN_ON}`,
        description:
          'Counts payments that are RELEASED now, by what was taken; those given back are left out. ' +
          "The totals are of the service's currency, `byCurrency` has them all.",
        parameters: [idParameter('user_id')],
        responses: {
          200: json('The totals; zero for a user nobody knows.', 'History'),
          ...errorResponses(QUESTION.filter((code) => code !== 'payment_not_found')),
        },
      },
    },
    '/payment/{payment_id}/release': {
      post: accepting({
        operationId: 'releasePaymentCompat',
        summary: `Take a release in, by the payment's id. ${ONLY_WHEN_ON}`,
        request: 'CompatReleaseRequest',
        isOptional: false,
      }),
    },
    '/payment/{payment_id}/revert': {
      post: accepting({
        operationId: 'revertPaymentCompat',
        summary: `Take a revert in, by the payment's id. ${ONLY_WHEN_ON}`,
        request: 'CompatRevertRequest',
        isOptional: true,
      }),
    },
  };
}

function accepting({
  request,
  isOptional,
  ...texts
}: {
  readonly operationId: string;
  readonly summary: string;
  readonly request: keyof typeof EXAMPLES;
  readonly isOptional: boolean;
}): object {
  return {
    ...texts,
    description:
      'It is written down and carried out; the result comes as an event under `correlation_id`, ' +
      'which is that of X-Correlation-Id where one is sent. What can not be done as the payment stands ' +
      'is refused at once, and no event tells of it. A revert of a part needs a refund_id or an ' +
      'X-Correlation-Id of its own.',
    parameters: [idParameter('payment_id')],
    requestBody: {
      required: !isOptional,
      content: jsonBody(request),
    },
    responses: {
      202: json('Written down.', 'Accepted'),
      ...errorResponses([
        'invalid_request',
        'payment_not_found',
        'payment_state_conflict',
        'contradicting_repeat',
        'amount_exceeds_hold',
        'amount_exceeds_captured',
        'nothing_captured',
        'too_many_refunds',
        'hold_expired',
        'needs_review',
        'disputed',
        'idempotency_key_reused',
        'body_too_large',
        'unsupported_media_type',
        'body_already_read',
        'database_unavailable',
        ...ANYWHERE,
      ]),
    },
  };
}
