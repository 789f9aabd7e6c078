import { randomUUID } from 'node:crypto';
import type { Problem } from '@campusg-pay/adapters/contract';
import type { Logger } from '@campusg-pay/core';
import type { Request, RequestHandler, Response } from 'express';
import type { ServicePort } from './service-port.js';

/** The documented one, and that of the platform's later service. */
export const WEBHOOK_PATHS = ['/api/stripe-webhook', '/stripe-webhook'] as const;

/** What is known of a request while it is answered, and told to the log at its end. */
export interface RequestContext {
  /** Names this request: in its answer, in errors and in the log. */
  readonly requestId: string;
  /** Goes with the command into the records and the events it causes. */
  readonly correlationId: string;
  /** Whether the caller has chosen that id, so that a repeat has the same. */
  readonly isCorrelated: boolean;
  /** The name of the caller's API key. */
  caller: string | null;
  /** The JSON body as it was sent, unpacked; never logged. */
  bytes?: Buffer;
  orderId?: string;
  paymentId?: string;
  problem?: Problem;
  /** Why its answer could not be kept under its `Idempotency-Key`. */
  answerNotKept?: string;
}

/** The context of the request that this is the response of. */
export function contextOf(response: Response): RequestContext {
  return response.locals.context;
}

/** Gives every request its context, and writes one line to the log when it has been answered. */
export function requestContext(log: Logger, note: ServicePort['noteRequest']): RequestHandler {
  return (request, response, next) => {
    const startedAt = performance.now();
    const requestId = saneId(request, 'x-request-id') ?? randomUUID();
    const given = saneId(request, 'x-correlation-id');
    const correlationId = given ?? requestId;
    const isCorrelated = given !== null;
    const context: RequestContext = { requestId, correlationId, isCorrelated, caller: null };
    response.locals.context = context;
    response.setHeader('X-Request-Id', requestId);
    response.once('close', () => {
      const durationMs = Math.round((performance.now() - startedAt) * 10) / 10;
      const route = routeOf(request);
      note({ route: route ?? 'none', status: response.statusCode, ms: durationMs });
      writeLine(log, { durationMs, route, context, request, response });
    });
    next();
  };
}

/** Ids are echoed and logged, so only short printable ASCII is taken over. */
function saneId(request: Request, header: string): string | null {
  const value = request.headers[header];
  return typeof value === 'string' && /^[\x21-\x7e]{1,100}$/.test(value) ? value : null;
}

interface Line {
  readonly durationMs: number;
  readonly route: string | null;
  readonly context: RequestContext;
  readonly request: Request;
  readonly response: Response;
}

/** The pattern of the endpoint, e.g. `/api/payment/:order_id/status`; null where there is none. */
function routeOf(request: Request): string | null {
  const pattern: unknown = request.route?.path;
  return typeof pattern === 'string' ? pattern : null;
}

/** Never the URL, headers or bodies: they may hold keys, client secrets and what people wrote. */
function writeLine(log: Logger, { durationMs, route, context, request, response }: Line): void {
  const { requestId, correlationId, caller, orderId, paymentId, problem, answerNotKept } = context;
  const status = response.statusCode;
  log[levelOf(status, { route, problem })](
    {
      method: request.method,
      route,
      status,
      durationMs,
      requestId,
      correlationId: correlationId === requestId ? undefined : correlationId,
      caller: caller ?? undefined,
      orderId,
      paymentId,
      answerNotKept,
      // The caller hung up, so the status was not seen by anybody.
      aborted: response.writableFinished ? undefined : true,
      ...(problem === undefined ? undefined : whyRefused(problem)),
    },
    'request',
  );
}

/** The error and what tells one case of it from another: names and codes, never what was sent. */
function whyRefused({ code: error, cause, facts = {} }: Problem): object {
  const { code: failureCode, declineCode, currentStatus, field, issues } = facts;
  const fields = issues?.map((issue) => issue.field);
  const shown = { error, cause, failureCode, declineCode, currentStatus, field, fields };
  return Object.fromEntries(Object.entries(shown).filter(([, value]) => value != null));
}

function levelOf(
  status: number,
  { route, problem }: { readonly route: string | null; readonly problem: Problem | undefined },
): 'debug' | 'info' | 'warn' | 'error' {
  // There are many of them, and the limit tells how many.
  if (problem?.code === 'overloaded') return 'debug';
  if (status >= 500) return 'error';
  if (route?.startsWith('/health') || route === '/metrics') return 'debug';
  if (status >= 400) return 'warn';
  // What an event was and what came of it has a line of its own.
  return WEBHOOK_PATHS.some((path) => path === route) ? 'debug' : 'info';
}
