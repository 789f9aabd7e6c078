import type { AuthorizeCommand } from '../commands/hold-claim.js';
import type { ReleaseCommand } from '../commands/release.js';
import type { RevertCommand } from '../commands/revert.js';

export const COMMAND_TYPES = ['authorize_payment', 'release_payment', 'revert_payment'] as const;

/** The commands of the platform, as its messages name them. */
export type CommandType = (typeof COMMAND_TYPES)[number];

/** A command that was read and checked: what is asked for, under which correlation id. */
export type ParsedCommand =
  | { readonly type: 'authorize_payment'; readonly command: AuthorizeCommand }
  | { readonly type: 'release_payment'; readonly command: ReleaseCommand }
  | { readonly type: 'revert_payment'; readonly command: RevertCommand };

/** One invalid field: its name as in the documentation, the rule, and the limit where it has one. */
export interface Issue {
  readonly field: string;
  /** Ends a sentence that begins with the field: `must be ...`. */
  readonly rule: string;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly multipleOf?: number;
}
