import type { Runtime } from '@campusg-pay/adapters';
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

/** What asks for an API key, once there are any. */
const GUARDED = ['/api', '/metrics'];

/**
 * The HTTP door to a runtime, as an Express app: to be served by `serve`, or mounted in another
 * app. It holds no rules: whatever is decided is decided in the escrow.
 */
export function createApp(runtime: Runtime): Express {
  const { config, log } = runtime;
  const app = express();
  app.disable('x-powered-by');
  app.disable('etag');
  app.set('trust proxy', false);

  app.use(requestContext(log, runtime.noteRequest), securityHeaders);
  app.use(healthRoutes(runtime), openApiRoutes(), webhookRoutes(runtime));
  const compat = config.compatRoutes ? COMPAT_PREFIXES : [];
  const limited = ['/api', ...compat];
  const guarded = [...GUARDED, ...compat];
  app.use(guarded, identify(config.apiKeys));
  if (config.rateLimitPerMinute !== null) app.use(limited, limitRate(config.rateLimitPerMinute));
  app.use(guarded, onlyKnownCallers(config.apiKeys));
  app.use(metricsRoutes(runtime), paymentRoutes(runtime));
  if (config.compatRoutes) app.use(compatRoutes(runtime));
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
