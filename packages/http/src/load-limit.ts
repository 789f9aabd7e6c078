import type { Logger } from '@campusg-pay/core';
import type { RequestHandler, Response } from 'express';
import { refuse } from './answers.js';
import { contextOf } from './request-context.js';

/** Time as the limit reads it. Runs on only; a test moves it by hand. */
export interface LoadClock {
  /** Milliseconds since some moment. */
  now(): number;
  /** Calls back after so many milliseconds, or later where the process is busy. */
  later(ms: number, call: () => void): void;
}

/** The places of requests that are worked on at once. */
export interface Places {
  /** Takes one; false: there is none, and nothing may be begun. */
  enter(): boolean;
  /** Gives one back, once for each that was taken. */
  leave(): void;
  /** How many there are at the moment. */
  readonly open: number;
}

/** How often it is looked whether the process comes late to its work, and over how long that counts. */
const LOOK_MS = 20;
const LOOKS = 5;

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
    // Below what is taken, else it would take many steps until the first one is turned away.
    if (isLate) places = Math.max(fewest, Math.floor(Math.min(places, taken) * 0.9));
    else places = Math.min(most, places + Math.ceil(most / 50));
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
      else isLooking = false;
    });
  };
  return {
    enter: () => {
      if (taken >= places) {
        refuseOne();
        return false;
      }
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
 * Lets a request in only while there is a place, before its body is read; else 503 at once, for there is
 * no use in waiting for what is late already. The place is held until the work is done, also where the
 * caller has hung up: it still is being done.
 *
 * @param read what comes before the work, such as the reading of the body
 */
export function inPlace(
  places: Places,
  read: readonly RequestHandler[],
  work: Work,
): RequestHandler[] {
  const enter: RequestHandler = (_request, response, next) => {
    if (!places.enter()) {
      refuse(response, OVERLOADED);
      return;
    }
    const context = contextOf(response);
    context.place = 'taken';
    // Refused before the work, or the caller has left.
    response.once('close', () => {
      if (context.place === 'taken') leave(response, places);
    });
    next();
  };
  const begin: RequestHandler = async (...about) => {
    const [, response] = about;
    const context = contextOf(response);
    // Who left while the body was read is not worked for.
    if (context.place === null) return;
    context.place = 'worked_at';
    try {
      await work(...about);
    } finally {
      leave(response, places);
    }
  };
  return [enter, ...read, begin];
}

function leave(response: Response, places: Places): void {
  contextOf(response).place = null;
  places.leave();
}

const OVERLOADED = {
  code: 'overloaded',
  description:
    'More is being asked than this service can do at once. Nothing was done for this request; ask again after a while.',
  retryAfterSeconds: 1,
} as const;
