import {
  type ErrorCode,
  LIST_LIMIT,
  LIST_PARAMETERS,
  ROLES,
  USER_LIST_PARAMETERS,
} from '@campusg-pay/adapters/contract';
import { STATUSES } from '@campusg-pay/core';
import { ANYWHERE, errorResponses, ID_SCHEMA, idParameter, json } from './openapi-parts.js';

const LIST: readonly ErrorCode[] = ['invalid_request', 'database_unavailable', ...ANYWHERE];

/** Lists of payments and cards. */
export function listPaths(): object {
  return {
    '/api/payments': {
      get: {
        operationId: 'listPayments',
        summary: 'Payments as recorded, the newest first',
        description: `${PAGES} Payments that are made meanwhile are before the first page.`,
        parameters: LIST_PARAMETERS.map(parameter),
        responses: { 200: json('A page.', 'Payments'), ...errorResponses(LIST) },
      },
    },
    '/api/users/{user_id}/payments': {
      get: {
        operationId: 'listUserPayments',
        summary: 'What a user pays for, and what they are the runner of, the newest first',
        description: `${PAGES} Of a user whom nobody knows the list is empty.`,
        parameters: [idParameter('user_id'), ...USER_LIST_PARAMETERS.map(parameter)],
        responses: { 200: json('A page.', 'Payments'), ...errorResponses(LIST) },
      },
    },
    '/api/users/{user_id}/cards': {
      get: {
        operationId: 'listUserCards',
        summary: 'The cards that a user has saved at Stripe',
        description:
          'Those of the Stripe customer that was made for them. Of a user who has none the list is empty.',
        parameters: [idParameter('user_id')],
        responses: {
          200: json('Their cards.', 'Cards'),
          ...errorResponses([...LIST, 'gateway_unavailable']),
        },
      },
    },
  };
}

const PAGES =
  'Of a list that is read page by page every payment that was there at its beginning is told once. A ' +
  'parameter that is unknown, wrong or stands twice is refused by name.';

type Name = (typeof LIST_PARAMETERS)[number] | (typeof USER_LIST_PARAMETERS)[number];

const TIME = { type: 'string', format: 'date-time' };

const PARAMETERS: Readonly<
  Record<Name, { readonly description: string; readonly schema: object }>
> = {
  status: {
    description: 'In this status now.',
    schema: { type: 'string', enum: [...STATUSES] },
  },
  customer: { description: 'Paid by this user.', schema: ID_SCHEMA },
  runner: { description: 'Released to this runner.', schema: ID_SCHEMA },
  order: { description: 'Of this order; it may have more than one.', schema: ID_SCHEMA },
  from: { description: 'Created then or later; with an offset, `+` as `%2B`.', schema: TIME },
  to: { description: 'Created before that; later than `from`.', schema: TIME },
  limit: {
    description: 'Most payments on a page.',
    schema: {
      type: 'integer',
      minimum: LIST_LIMIT.least,
      maximum: LIST_LIMIT.most,
      default: LIST_LIMIT.usual,
    },
  },
  cursor: {
    description:
      '`nextCursor` of the page before. All other parameters but `limit` must be as they were.',
    schema: { type: 'string' },
  },
  role: {
    description: 'What the user is to the payment. Left out: either.',
    schema: { type: 'string', enum: [...ROLES] },
  },
};

function parameter(name: Name): object {
  return { name, in: 'query', required: false, ...PARAMETERS[name] };
}
