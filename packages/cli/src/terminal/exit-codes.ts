/** What the exit code of every command means. */
export const EXIT = {
  ok: 0,
  /** The command line or the configuration is wrong, or a question could not be asked. */
  usage: 1,
  /** `serve` only: something was thrown and not caught. Node itself ends with this then. */
  bug: 1,
  /** The rules, or the operator when asked, said no. */
  refused: 2,
  /** Not possible now: a part is away or not set up. */
  fault: 3,
  /** Our records and Stripe disagree. */
  drift: 4,
  /** Nothing moved: a second person was asked to approve it. */
  asked: 5,
  interrupted: 130,
} as const;
