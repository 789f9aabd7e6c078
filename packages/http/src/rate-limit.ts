import type { RequestHandler } from 'express';
import { ipKeyGenerator, rateLimit, type Store } from 'express-rate-limit';
import { refuse } from './answers.js';
import { contextOf } from './request-context.js';

const WINDOW_SECONDS = 60;

/** How many are counted at once; then the one that has been counted longest is forgotten. */
const MOST_COUNTED = 20_000;

/** Wrong keys that one address may send in a minute. */
const GUESSES = 20;

interface Count {
  hits: number;
  readonly resetTime: Date;
}

/** Counts in windows that begin with the first hit of each key, in bounded memory. */
export function createCounts({
  windowMs = WINDOW_SECONDS * 1000,
  most = MOST_COUNTED,
}: {
  readonly windowMs?: number;
  readonly most?: number;
} = {}): { add(key: string, now?: Date): Count; readonly size: number } {
  // In the order in which their windows began, which is that in which they end.
  const counts = new Map<string, Count>();
  return {
    add: (key, now = new Date()) => {
      const known = counts.get(key);
      if (known !== undefined && known.resetTime > now) {
        known.hits += 1;
        return known;
      }
      counts.delete(key);
      const [oldest] = counts.keys();
      if (counts.size >= most && oldest !== undefined) counts.delete(oldest);
      const fresh = { hits: 1, resetTime: new Date(now.getTime() + windowMs) };
      counts.set(key, fresh);
      return fresh;
    },
    get size() {
      return counts.size;
    },
  };
}

/**
 * Limits the requests a minute of each caller, or of each address where there is no caller.
 * Counted by each process for itself.
 */
export function limitRate(perMinute: number): RequestHandler {
  const counts = createCounts();
  const store: Store = {
    localKeys: true,
    increment: async (key) => {
      const { hits, resetTime } = counts.add(key);
      return { totalHits: hits, resetTime };
    },
    decrement: async () => {},
    resetKey: async () => {},
  };
  return rateLimit({
    store,
    windowMs: WINDOW_SECONDS * 1000,
    limit: perMinute,
    standardHeaders: 'draft-8',
    legacyHeaders: false,
    // Whoever sends X-Forwarded-For is not believed unless a host app says so, and not worth a line on
    // the console either.
    validate: { xForwardedForHeader: false, trustProxy: false },
    keyGenerator: ({ ip }, response) => {
      const { caller } = contextOf(response);
      return caller === null ? `ip:${addressOf(ip)}` : `caller:${caller}`;
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

/**
 * Limits the wrong keys of each address. Only wrong ones come here: a right one is never locked out by
 * others behind the same address, such as a proxy's. What protects a key is its length; this keeps
 * guesses from filling the log.
 */
export function limitGuesses(): RequestHandler {
  const counts = createCounts();
  return ({ ip }, response, next) => {
    const { hits, resetTime } = counts.add(addressOf(ip));
    if (hits <= GUESSES) {
      next();
      return;
    }
    const seconds = Math.ceil((resetTime.getTime() - Date.now()) / 1000);
    refuse(response, {
      code: 'rate_limited',
      description: `More than ${GUESSES} unknown API keys came from this address. Try again later, with a known one.`,
      retryAfterSeconds: Math.max(1, seconds),
    });
  };
}

function addressOf(ip: string | undefined): string {
  return ipKeyGenerator(ip ?? '');
}
