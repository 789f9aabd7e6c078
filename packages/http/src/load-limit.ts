import type { Logger } from '@campusg-pay/core';
import type { RequestHandler } from 'express';
import { refuse } from './answers.js';

/** Time as the limit reads it. Runs on only; a test moves it by hand. */
export interface LoadClock {
  /** Milliseconds since some moment. */
  now(): number;
  /** Calls back after so many milliseconds, or later where the process is busy. */
  later(ms: number, call: () => void): void;
}

/** The places of requests that are worked on at once. */
export interface Places {
  /** Whether there is one at the moment; it is not taken. False: the caller is to be refused. */
  hasRoom(): boolean;
  /** Takes one; false: there is none, nothing may be begun, and the caller is to be refused. */
  enter(): boolean;
  /** Gives one back, once for each that was taken. */
  leave(): void;
  /** How many there are at the moment. */
  readonly open: number;
}

/** How often it is looked whether the process comes late to its work, and over how long that counts. */
const LOOK_MS = 20;
const LOOKS = 5;

/** So many such whiles in a row must be late before places are closed: three tenths of a second. */
const LATE_IN_A_ROW = 3;

/**
 * A process that comes so late to what is ready, all the time, has more work than it can do. A request
 * waits for it about six times: for its body, its statements, Stripe and its answer.
 */
const LATE_MS = 20;

/** The same of the database: a command waits for a connection two to four times. */
const LATE_CONNECTION_MS = 50;

/** How often the log says that requests are refused. */
const TOLD_EVERY_MS = 10_000;

/** This share is worked on however late the process is: what delays it may well be another program. */
const FEWEST_SHARE = 0.25;

/** What a limit is made with. */
export interface LoadLimitOptions {
  /** Places while nobody waits, at least 1. */
  readonly most: number;
  /** Is told at times how many were refused: a line for each would be work again. */
  readonly log: Pick<Logger, 'warn'>;
  /** The least that anybody has waited for a connection since this was asked last, in milliseconds. */
  readonly leastWaitMs?: (() => number) | undefined;
  /** @default that of the process */
  readonly clock?: LoadClock;
}

/**
 * At most so many at once; and while the process comes late to its work, or everybody waits for the
 * database, fewer, until it is not so.
 *
 * As CoDel does (RFC 8289), it goes by the least delay over a while: a burst, or a pause for the garbage,
 * passes by itself, while a queue that stands only makes everybody wait. Waiting for Stripe is bounded
 * by the number alone: Stripe being slow is no reason to ask less of it.
 */
export function createPlaces({
  most,
  log,
  leastWaitMs = () => 0,
  clock = REAL,
}: LoadLimitOptions): Places {
  const fewest = Math.ceil(most * FEWEST_SHARE);
  let places = most;
  let taken = 0;
  let isLooking = false;
  let leastLate = Number.POSITIVE_INFINITY;
  let looks = 0;
  let lateInARow = 0;
  let refused = 0;
  let tellAt = Number.NEGATIVE_INFINITY;

  const refuseOne = () => {
    refused += 1;
    if (clock.now() < tellAt) return;
    log.warn({ refused, places }, 'more is asked than can be done: requests are refused');
    refused = 0;
    tellAt = clock.now() + TOLD_EVERY_MS;
  };
  const judge = () => {
    const isLate = leastWaitMs() > LATE_CONNECTION_MS || leastLate > LATE_MS;
    lateInARow = isLate ? lateInARow + 1 : 0;
    if (!isLate) places = Math.min(most, places + Math.ceil(most / 50));
    // Where few are worked on, it is not they who are too many.
    else if (lateInARow >= LATE_IN_A_ROW && taken >= fewest) {
      // Below what is taken, else it would take many steps until the first one is turned away.
      places = Math.max(fewest, Math.floor(Math.min(places, taken) * 0.9));
    }
    leastLate = Number.POSITIVE_INFINITY;
    looks = 0;
  };
  const look = () => {
    isLooking = true;
    const due = clock.now() + LOOK_MS;
    clock.later(LOOK_MS, () => {
      leastLate = Math.min(leastLate, clock.now() - due);
      looks += 1;
      if (looks === LOOKS) judge();
      // Where nobody works, nobody waits, and no timer keeps a process busy.
      if (taken > 0 || places < most) look();
      else {
        isLooking = false;
        lateInARow = 0;
      }
    });
  };
  const hasRoom = () => {
    if (taken < places) return true;
    refuseOne();
    return false;
  };
  return {
    hasRoom,
    enter: () => {
      if (!hasRoom()) return false;
      taken += 1;
      if (!isLooking) look();
      return true;
    },
    leave: () => {
      taken -= 1;
    },
    get open() {
      return places;
    },
  };
}

const REAL: LoadClock = {
  now: () => performance.now(),
  later: (ms, call) => {
    setTimeout(call, ms).unref();
  },
};

/** What is done for a request; over when it is answered, and nothing of it goes on. */
export type Work = (...about: Parameters<RequestHandler>) => Promise<void>;

/**
 * Works on a request only while there is a place; else 503 at once, for there is no use in waiting for
 * what is late already. Whether there is any is asked before the body is read too, so that the excess costs
 * little; the place itself is taken for the work alone. So a slow upload holds none, and none is ever lost:
 * of a response that is still queued on its connection, Node does not tell that the caller hung up.
 *
 * The place is held until the work is done, also where the caller has hung up: it still is being done.
 *
 * @param read what comes before the work, such as the reading of the body
 */
export function inPlace(
  places: Places,
  read: readonly RequestHandler[],
  work: Work,
): RequestHandler[] {
  const look: RequestHandler = (_request, response, next) => {
    if (places.hasRoom()) next();
    else refuse(response, OVERLOADED);
  };
  const begin: RequestHandler = async (...about) => {
    const [request, response] = about;
    // Who left before it began is not worked for.
    if (request.socket.destroyed) return;
    if (!places.enter()) {
      refuse(response, OVERLOADED);
      return;
    }
    try {
      await work(...about);
    } finally {
      places.leave();
    }
  };
  return read.length === 0 ? [begin] : [look, ...read, begin];
}

const OVERLOADED = {
  code: 'overloaded',
  description:
    'More is being asked than this service can do at once. Nothing was done for this request; ask again after a while.',
  retryAfterSeconds: 1,
} as const;
