import { ERRORS, invalidRequest, type Problem } from '@campusg-pay/adapters/contract';
import type { Logger } from '@campusg-pay/core';
import type { ErrorRequestHandler, RequestHandler, Response } from 'express';
import { contextOf } from './request-context.js';

/** Seconds after which to ask for a payment that is being worked on. */
const PROCESSING_RETRY_SECONDS = 2;

/** How an answer goes out. */
export interface Rendered<Body extends object = object> {
  readonly status: 200 | 202;
  readonly body: Body;
}

/** Sends a good answer. 202 tells when to ask again. */
export function answer(response: Response, { status, body }: Rendered): void {
  if (status === 202) response.setHeader('Retry-After', PROCESSING_RETRY_SECONDS);
  sendJson(response, status, JSON.stringify(body));
}

/**
 * A JSON text as it is: the settings of a host app would change what `json` sends. Head and body go
 * out in one write, which Express's own `send` makes two of.
 */
export function sendJson(response: Response, status: number, text: string): void {
  response.statusCode = status;
  response.setHeader('Content-Type', 'application/json; charset=utf-8');
  response.setHeader('Content-Length', Buffer.byteLength(text));
  if (response.req.method === 'HEAD') response.end();
  else response.end(text);
}

/** Sends a problem in the one error form there is. */
export function refuse(response: Response, problem: Problem): void {
  contextOf(response).problem = problem;
  const { code, retryAfterSeconds, headers } = problem;
  for (const [name, value] of Object.entries(headers ?? {})) response.setHeader(name, value);
  if (retryAfterSeconds !== undefined) response.setHeader('Retry-After', retryAfterSeconds);
  sendJson(response, ERRORS[code].status, JSON.stringify(renderProblem(response, problem)));
}

/** The body of a refusal. */
export function renderProblem(response: Response, problem: Problem): object {
  const { code, description, facts, retryAfterSeconds } = problem;
  return {
    success: false,
    error: code,
    description,
    ...facts,
    ...(retryAfterSeconds === undefined ? {} : { retryable: true }),
    requestId: contextOf(response).requestId,
  };
}

/** The end of every route: no handler took the method. */
export function onlyMethods(...methods: readonly string[]): RequestHandler {
  const allow = methods.join(', ');
  return (_request, response) => {
    refuse(response, {
      code: 'method_not_allowed',
      description: `This endpoint takes ${methods.join(' and ')} only.`,
      headers: { Allow: allow },
    });
  };
}

/** The end of the app: no route took the path. */
export const unknownRoute: RequestHandler = (_request, response) => {
  refuse(response, {
    code: 'unknown_route',
    description: 'There is no such endpoint; GET /openapi.json lists them all.',
  });
};

/** What was thrown: by Express about a request it can't read, or by a bug. */
export function thrown(log: Logger): ErrorRequestHandler {
  return (error: unknown, _request, response, next) => {
    const unreadable = problemOfRequest(error);
    if (unreadable === null) {
      const { requestId } = contextOf(response);
      // Name, message and stack only: an error's own properties may hold what must not be logged.
      const { name, message, stack } = error instanceof Error ? error : new Error(String(error));
      log.error({ requestId, err: { type: name, message, stack } }, 'bug');
    }
    if (response.headersSent) {
      next(error);
      return;
    }
    refuse(response, unreadable ?? INTERNAL_ERROR);
  };
}

const INTERNAL_ERROR: Problem = {
  code: 'internal_error',
  description: 'Something went wrong in this service. Quote the requestId when you report it.',
};

/** The body reader's error carries the limit, in bytes. */
function tooLarge(error: Error): string {
  return 'limit' in error
    ? `The body is larger than the ${error.limit} bytes accepted here.`
    : 'The body is larger than accepted here.';
}

/** Errors that Express and its body reader throw carry a status below 500 when the request is bad. */
function problemOfRequest(error: unknown): Problem | null {
  if (!(error instanceof Error) || !('status' in error)) return null;
  switch (error.status) {
    case 413:
      return { code: 'body_too_large', description: tooLarge(error) };
    case 415:
      return {
        code: 'unsupported_media_type',
        description: 'The body must be JSON in UTF-8, plain or compressed as gzip, deflate or br.',
      };
    case 400:
      return error instanceof URIError
        ? invalidRequest([{ field: 'path', rule: 'must be percent-encoded UTF-8' }])
        : invalidRequest([{ field: 'body', rule: 'must be complete and of the announced length' }]);
    default:
      return null;
  }
}
