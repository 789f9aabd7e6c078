import type { RequestHandler } from 'express';

/** What pages may send; who they are is said by `Authorization`, never by a cookie. */
const PREFLIGHT_HEADERS = {
  'Access-Control-Allow-Methods': 'GET, HEAD, POST, PUT',
  'Access-Control-Allow-Headers':
    'Authorization, Content-Type, Idempotency-Key, X-Correlation-Id, X-Request-Id',
  // Seconds. Browsers ask again after two hours at the latest.
  'Access-Control-Max-Age': '600',
};

const EXPOSED =
  'Idempotent-Replayed, RateLimit, RateLimit-Policy, Retry-After, WWW-Authenticate, X-Request-Id';

/**
 * CORS: lets pages of these origins read the answers, and asks browsers to ask first. Empty: no page
 * of another origin can, and no header says anything about it.
 */
export function shareWith(origins: readonly string[]): RequestHandler {
  if (origins.length === 0) return (_request, _response, next) => next();
  return (request, response, next) => {
    const { origin } = request.headers;
    // Also where it is not shared, so that no cache gives one origin the answer to another.
    response.vary('Origin');
    if (origin === undefined || !origins.includes(origin)) {
      next();
      return;
    }
    response.setHeader('Access-Control-Allow-Origin', origin);
    response.setHeader('Access-Control-Expose-Headers', EXPOSED);
    const isPreflight =
      request.method === 'OPTIONS' && 'access-control-request-method' in request.headers;
    if (isPreflight) response.set(PREFLIGHT_HEADERS).status(204).end();
    else next();
  };
}
