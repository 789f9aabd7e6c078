import type { RequestHandler } from 'express';
import { ipKeyGenerator, rateLimit } from 'express-rate-limit';
import { refuse } from './answers.js';
import { contextOf } from './request-context.js';

const WINDOW_SECONDS = 60;

/**
 * Limits the requests a minute of each caller, or of each address where there is no caller.
 * Counted by each process for itself.
 */
export function limitRate(perMinute: number): RequestHandler {
  return rateLimit({
    windowMs: WINDOW_SECONDS * 1000,
    limit: perMinute,
    standardHeaders: 'draft-8',
    legacyHeaders: false,
    // Whoever sends X-Forwarded-For is not believed, and not worth a line on the console either.
    validate: { xForwardedForHeader: false },
    keyGenerator: (request, response) => {
      const { caller } = contextOf(response);
      return caller === null ? `ip:${ipKeyGenerator(request.ip ?? '')}` : `caller:${caller}`;
    },
    handler: (_request, response) => {
      const left = Number(response.getHeader('Retry-After'));
      refuse(response, {
        code: 'rate_limited',
        description: `At most ${perMinute} requests a minute are accepted. Try again later.`,
        retryAfterSeconds: left > 0 ? left : WINDOW_SECONDS,
      });
    },
  });
}
