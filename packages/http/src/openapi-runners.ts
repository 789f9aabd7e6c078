import { ANYWHERE, errorResponses, idParameter, json, jsonBody } from './openapi-parts.js';

/** Where the money of runners goes. */
export function runnerPaths(): object {
  const runner = { parameters: [idParameter('runner_id')] };
  return {
    '/api/runners/{runner_id}': {
      get: {
        operationId: 'getRunner',
        summary: 'Where the money of a runner goes, what they owe, and what they got',
        ...runner,
        responses: {
          200: json('The runner.', 'Runner'),
          ...errorResponses([
            'invalid_request',
            'runner_not_found',
            'database_unavailable',
            ...ANYWHERE,
          ]),
        },
      },
      put: {
        operationId: 'setRunnerAccount',
        summary: 'Set or change where the money of a runner goes',
        description:
          'What waits for the account is sent to the new one. Null: they have none, and their shares ' +
          'wait. The runner need not be known before.',
        ...runner,
        requestBody: { required: true, content: jsonBody('RunnerRequest') },
        responses: {
          200: json('Set.', 'Runner'),
          ...errorResponses([
            'invalid_request',
            'body_too_large',
            'unsupported_media_type',
            'body_already_read',
            'gateway_unavailable',
            'database_unavailable',
            ...ANYWHERE,
          ]),
        },
      },
    },
  };
}
