import express, { type Express, type RequestHandler, Router } from 'express';
import { thrown, unknownRoute } from './answers.js';
import { identify, onlyKnownCallers } from './api-keys.js';
import { shareWith } from './cross-origin.js';
import { createPlaces } from './load-limit.js';
import { onlyThisMachine } from './local-callers.js';
import { limitRate } from './rate-limit.js';
import { requestContext } from './request-context.js';
import { COMPAT_PREFIXES, compatRoutes } from './routes/compat.js';
import { healthRoutes } from './routes/health.js';
import { listRoutes } from './routes/lists.js';
import { metricsRoutes } from './routes/metrics.js';
import { openApiRoutes } from './routes/openapi.js';
import { paymentRoutes } from './routes/payments.js';
import { returnedRoutes } from './routes/returned.js';
import { runnerRoutes } from './routes/runners.js';
import { webhookRoutes } from './routes/webhook.js';
import type { ServicePort } from './service-port.js';

/** What asks for an API key, once there are any; and until then for callers on this machine. */
const GUARDED = ['/api', '/metrics'];

/** As many as may call Stripe or wait for it: more would be turned away there, after they were written. */
const MAX_IN_FLIGHT = 250;

/** What an app that is mounted in another may rely on. */
export interface AppOptions {
  /**
   * Whether the host app has found out who calls, and lets nobody else come here. Without API keys,
   * requests are otherwise taken from this machine only.
   *
   * @default false
   */
  readonly callersAreKnown?: boolean;
}

/**
 * The HTTP door of a service, as an Express app: served by `serve`, or mounted in an app of yours.
 * It holds no rules: whatever is decided is decided in the escrow.
 *
 * In your own app, at its root or under a path of its own:
 *
 *     host.use('/payments', createApp(runtime));
 *     host.use(express.json()); // and whatever else reads bodies
 *
 * - Before every middleware that reads bodies: webhooks are signed over the bytes as they were sent.
 *   Of a body that was parsed before, commands take what was parsed; a webhook is answered 500 and
 *   what happened, unless the bytes were kept as `request.rawBody`.
 * - What none of its routes takes is left to the host's routes behind it, untouched.
 * - Paths in its log and its metrics are without the path it is mounted under.
 * - Whose address a request has is said by the host's setting `trust proxy`.
 * - `listeningAt` of the runtime tells the embedded Stripe sandbox where webhooks go. It is for you
 *   to call, with the address that this app is mounted at. Stripe itself is told in its dashboard.
 * - Whoever opened the service closes it, after the last request.
 *
 * @param service.config.apiKeys empty: whoever is on this machine may call, without showing a key
 * @param service.config.corsOrigins whose pages may call from a browser
 * @param service.config.rateLimitPerMinute for each caller in this process; null: no limit
 * @param service.config.maxInFlight requests worked on at once; webhooks have a quarter as many of their own
 * @param service.config.currency of requests that name none
 * @param service.config.compatRoutes whether the routes without `/api` are served too
 */
export function createApp(
  service: ServicePort,
  { callersAreKnown = false }: AppOptions = {},
): Express {
  const { config, log } = service;
  const { apiKeys, corsOrigins = [], rateLimitPerMinute, maxInFlight = MAX_IN_FLIGHT } = config;
  const app = express();
  app.disable('x-powered-by');
  app.disable('etag');

  const { leastWaitMs } = service;
  const places = createPlaces({ most: maxInFlight, log, leastWaitMs });
  // Whether all wait for the database is asked in one place only, which is where most come.
  const ofWebhooks = createPlaces({ most: Math.ceil(maxInFlight / 4), log });
  const open = [
    healthRoutes(service),
    openApiRoutes(service),
    webhookRoutes(service, ofWebhooks),
    returnedRoutes(),
  ];
  const payments = paymentRoutes(service, places);
  const closed = [
    metricsRoutes(service),
    payments,
    listRoutes(service, places),
    runnerRoutes(service, places),
  ];
  if (config.compatRoutes) closed.push(compatRoutes(service, places));
  const compat = config.compatRoutes ? COMPAT_PREFIXES : [];
  const guarded = [...GUARDED, ...compat];
  const limited = rateLimitPerMinute === null ? null : limitRate(rateLimitPerMinute);
  const beforeLimit = [identify(apiKeys)];
  if (apiKeys.length === 0 && !callersAreKnown) beforeLimit.unshift(onlyThisMachine(corsOrigins));
  const afterLimit = onlyKnownCallers(apiKeys);

  app.use(
    inTurn([
      leaveToHost(app, [...open, ...closed]),
      requestContext(log, service.noteRequest),
      securityHeaders,
      shareWith(corsOrigins),
    ]),
  );
  app.use(shortcut([...beforeLimit, ...(limited === null ? [] : [limited]), afterLimit], payments));
  app.use(open);
  app.use(guarded, inTurn(beforeLimit));
  if (limited !== null) app.use(['/api', ...compat], limited);
  app.use(guarded, afterLimit);
  app.use(closed);
  app.use(unknownRoute, thrown(log));
  return app;
}

/** Several handlers as one: what is before every request is not looked up one by one. */
function inTurn(handlers: readonly RequestHandler[]): RequestHandler {
  return (request, response, next) => {
    let turn = 0;
    const goOn = (outcome?: unknown): unknown => {
      const handler = handlers[turn];
      turn += 1;
      if (outcome !== undefined || handler === undefined) return next(outcome);
      return handler(request, response, goOn);
    };
    return goOn();
  };
}

/**
 * The way of what is asked for most, past all other routes: the same guards and the same router, 20
 * microseconds sooner. A request that is written otherwise, such as with a whole URL, takes the long way.
 */
function shortcut(guards: readonly RequestHandler[], payments: Router): RequestHandler {
  const guarded = inTurn([
    ...guards,
    (request, response, next) => payments(request, response, next),
    unknownRoute,
  ]);
  return (request, response, next) =>
    request.url.startsWith('/api/payment/') ? guarded(request, response, next) : next();
}

/** Where the app is mounted in another, what none of its routes takes is not for it to answer. */
function leaveToHost(app: Express, routers: readonly Router[]): RequestHandler {
  let isMounted = false;
  app.on('mount', () => {
    isMounted = true;
  });
  const own = Router();
  const patterns = routers.flatMap(({ stack }) => stack.map(({ route }) => route?.path));
  for (const pattern of patterns) {
    if (pattern !== undefined) own.all(pattern, (_request, _response, next) => next('router'));
  }
  own.use((_request, _response, next) => next(NOT_OURS));
  return (request, response, next) => {
    if (!isMounted) return next();
    // An id that can't be decoded is an error here too; the route itself answers it.
    own(request, response, (outcome?: unknown) =>
      next(outcome === NOT_OURS ? 'router' : undefined),
    );
  };
}

const NOT_OURS = new Error('none of our routes');

/**
 * What matters of helmet's headers where no page is served. Set by hand: 2 microseconds a request
 * instead of helmet's 5, and no list of exceptions to undo its rules for pages.
 */
const securityHeaders: RequestHandler = (_request, response, next) => {
  response.setHeader('X-Content-Type-Options', 'nosniff');
  response.setHeader('Content-Security-Policy', "default-src 'none'; frame-ancestors 'none'");
  response.setHeader('Referrer-Policy', 'no-referrer');
  response.setHeader('Cross-Origin-Resource-Policy', 'same-origin');
  response.setHeader('Strict-Transport-Security', 'max-age=31536000; includeSubDomains');
  // Payments change, and are nobody else's business.
  response.setHeader('Cache-Control', 'no-store');
  next();
};
