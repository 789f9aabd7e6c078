import { errorResponses, json } from './openapi-parts.js';

/** The routes that are open to everybody: Stripe's webhooks, the page after 3D Secure, health checks, this description. */
export function servicePaths(): object {
  const open = { security: [] };
  const health = {
    get: {
      ...open,
      summary: 'Whether the service can do its work',
      responses: {
        200: json('It can.', 'Health'),
        503: json('It can not: `failing` and `reason` say why.', 'Health'),
      },
    },
  };
  return {
    '/api/stripe-webhook': {
      post: {
        ...open,
        operationId: 'takeStripeWebhook',
        summary: 'What Stripe tells us, signed',
        parameters: [
          { name: 'Stripe-Signature', in: 'header', required: true, schema: { type: 'string' } },
        ],
        requestBody: { required: true, content: { 'application/json': { schema: {} } } },
        responses: {
          200: { description: 'Taken in; no body.' },
          ...errorResponses([
            'webhook_refused',
            'body_too_large',
            'unsupported_media_type',
            'body_already_read',
            'webhook_not_configured',
            'overloaded',
            'gateway_unavailable',
            'database_unavailable',
            'internal_error',
          ]),
        },
      },
    },
    '/health': { get: { ...health.get, operationId: 'getHealth' } },
    '/health/ready': { get: { ...health.get, operationId: 'getReadiness' } },
    '/health/live': {
      get: {
        ...open,
        operationId: 'getLiveness',
        summary: 'Whether the process lives',
        responses: { 200: json('It does.', 'Health') },
      },
    },
    '/api/returned': {
      get: {
        ...open,
        operationId: 'getReturnPage',
        summary: 'A page for customers who come back from their bank',
        description:
          'Where Stripe leads them after 3D Secure when neither `return_url` nor `RETURN_URL` named a ' +
          'place, outside production. How it went is told by the status of the order.',
        responses: {
          200: { description: 'HTML.', content: { 'text/html': { schema: { type: 'string' } } } },
        },
      },
    },
    '/openapi.json': {
      get: {
        ...open,
        operationId: 'getOpenApi',
        summary: 'This document',
        responses: {
          200: { description: 'OpenAPI 3.1.', content: { 'application/json': { schema: {} } } },
        },
      },
    },
  };
}
