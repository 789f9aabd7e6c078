import express, { type Express, type RequestHandler } from 'express';
import { thrown, unknownRoute } from './answers.js';
import { identify, onlyKnownCallers } from './api-keys.js';
import { limitRate } from './rate-limit.js';
import { requestContext } from './request-context.js';
import { COMPAT_PREFIXES, compatRoutes } from './routes/compat.js';
import { healthRoutes } from './routes/health.js';
import { metricsRoutes } from './routes/metrics.js';
import { openApiRoutes } from './routes/openapi.js';
import { paymentRoutes } from './routes/payments.js';
import { webhookRoutes } from './routes/webhook.js';
import type { ServicePort } from './service-port.js';

/** What asks for an API key, once there are any. */
const GUARDED = ['/api', '/metrics'];

/**
 * The HTTP door of a service, as an Express app: served by `serve`, or mounted in an app of yours.
 * It holds no rules: whatever is decided is decided in the escrow.
 *
 * In your own app, under a path of its own:
 *
 *     host.use('/payments', createApp(runtime));
 *     host.use(express.json()); // and whatever else reads bodies
 *
 * - Before every middleware that reads bodies: webhooks are signed, and keys compared, over the bytes
 *   as they were sent. A body that was read before is answered 500, and logged as a bug.
 * - What none of its routes takes is answered 404 here, so at `/` it belongs behind your own routes.
 * - Paths in its log, its metrics and its OpenAPI document are without the path it is mounted under.
 * - `listeningAt` of the runtime tells the embedded Stripe sandbox where webhooks go. It is for you
 *   to call, with the address that this app is mounted at. Stripe itself is told in its dashboard.
 * - Whoever opened the service closes it, after the last request.
 *
 * @param service.config.apiKeys empty: nobody has to show a key
 * @param service.config.rateLimitPerMinute for each caller in this process; null: no limit
 * @param service.config.currency of requests that name none
 * @param service.config.compatRoutes whether the routes without `/api` are served too
 */
export function createApp(service: ServicePort): Express {
  const { config, log } = service;
  const app = express();
  app.disable('x-powered-by');
  app.disable('etag');
  app.set('trust proxy', false);

  app.use(requestContext(log, service.noteRequest), securityHeaders);
  app.use(healthRoutes(service), openApiRoutes(), webhookRoutes(service));
  const compat = config.compatRoutes ? COMPAT_PREFIXES : [];
  const limited = ['/api', ...compat];
  const guarded = [...GUARDED, ...compat];
  app.use(guarded, identify(config.apiKeys));
  if (config.rateLimitPerMinute !== null) app.use(limited, limitRate(config.rateLimitPerMinute));
  app.use(guarded, onlyKnownCallers(config.apiKeys));
  app.use(metricsRoutes(service), paymentRoutes(service));
  if (config.compatRoutes) app.use(compatRoutes(service));
  app.use(unknownRoute, thrown(log));
  return app;
}

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
