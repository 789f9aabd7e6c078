/** The call outlived its own deadline; whether Stripe did it is not known. */
export class DeadlineExceeded extends Error {
  constructor(deadlineMs: number) {
    super(`no answer within ${Math.round(deadlineMs)} ms`);
  }
}

/** We did not ask Stripe at all: it is resting, or too many calls are waiting already. */
export class TurnedAway extends Error {
  /** When it makes sense to try again. */
  readonly retryAfterMs: number;

  constructor(message: string, options: ErrorOptions & { readonly retryAfterMs: number }) {
    super(message, options);
    this.retryAfterMs = options.retryAfterMs;
  }
}

/** Stripe answered, and its answer is none that we can read. Whether it did what was asked is not known. */
export class UnreadableReply extends Error {
  constructor(what: string) {
    super(`Stripe's answer can't be read: ${what}`);
  }
}
