import { ERRORS, type ErrorCode, pathId } from '@campusg-pay/adapters/contract';
import { z } from 'zod';
import { EXAMPLES, errorExample } from './openapi-examples.js';
import type { SchemaName } from './openapi-schemas.js';

/** What every route behind the API key may answer. */
export const ANYWHERE: readonly ErrorCode[] = [
  'unauthorized',
  'foreign_host',
  'foreign_origin',
  'rate_limited',
  'overloaded',
  'internal_error',
];
export const QUESTION: readonly ErrorCode[] = [
  'invalid_request',
  'payment_not_found',
  'database_unavailable',
  ...ANYWHERE,
];

/** A question about one thing, named in the path. */
export function documentedQuestion(
  parameter: 'order_id' | 'payment_id',
  texts: { readonly operationId: string; readonly summary: string },
  answer: 'Found' | 'Status' = 'Found',
): object {
  return {
    ...texts,
    parameters: [idParameter(parameter)],
    responses: { 200: json('The payment.', answer), ...errorResponses(QUESTION) },
  };
}

export const RETRY_AFTER = {
  'Retry-After': { description: 'Seconds.', schema: { type: 'integer' } },
};

const { $schema: _, ...idSchema } = z.toJSONSchema(pathId, { io: 'input' });

/** An id of the platform's or ours. */
export const ID_SCHEMA: object = idSchema;

/** An id in the path. */
export function idParameter(name: 'order_id' | 'payment_id' | 'user_id' | 'runner_id'): object {
  return { name, in: 'path', required: true, schema: ID_SCHEMA };
}

/** One response a status, listing the codes that come with it. */
export function errorResponses(codes: readonly ErrorCode[]): object {
  const statuses = new Set(codes.map((code) => ERRORS[code].status));
  return Object.fromEntries(
    [...statuses].sort().map((status) => {
      const some = codes.filter((code) => ERRORS[code].status === status);
      const lines = some.map((code) => `\`${code}\`: ${ERRORS[code].meaning}`);
      const schema = refTo('Error');
      const examples = Object.fromEntries(
        some.map((code) => [code, { value: errorExample(code) }]),
      );
      const content = { 'application/json': { schema, examples } };
      return [status, { description: lines.join('\n\n'), content }];
    }),
  );
}

/** A response of a schema. */
export function json(description: string, name: keyof typeof EXAMPLES): object {
  return { description, content: jsonBody(name) };
}

/** A body of a schema, with one of its kind. */
export function jsonBody(name: keyof typeof EXAMPLES): object {
  return { 'application/json': { schema: refTo(name), example: EXAMPLES[name] } };
}

/** A reference to a schema. */
function refTo(name: SchemaName): object {
  return { $ref: `#/components/schemas/${name}` };
}
