import type { Subject } from './records.js';

/** What an idempotency key answered first. */
export interface KeptReply {
  readonly key: string;
  readonly fingerprint: string;
  /** Method and path, to tell a reuse on another endpoint from one with other parameters. */
  readonly endpoint: string;
  /** When it was first used, milliseconds on the sandbox's clock. */
  readonly at: number;
  readonly requestId: string;
  readonly status: number;
  readonly body: KeptBody;
}

/** A fixed text, or the versions of the records that the answer showed: these are not copies. */
export type KeptBody =
  | { readonly text: string }
  | {
      readonly subject: Subject;
      readonly expand: readonly string[];
      readonly pins: readonly Subject[];
    };
