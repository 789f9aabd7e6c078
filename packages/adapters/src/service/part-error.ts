import type { Result } from 'neverthrow';
import type { DatabaseFault } from '../postgres/connection/database-fault.js';
import type { EmbeddedError } from '../postgres/embedded/embedded.js';
import type { MigrationFailed } from '../postgres/schema/schema-client.js';
import type { NotInstalled } from './optional-package.js';

/** Why the service could not open one of its parts. */
export type PartError =
  | EmbeddedError
  | DatabaseFault
  | MigrationFailed
  | { readonly type: 'SandboxPortTaken'; readonly port: number }
  /**
   * `detail` says why: a damaged data file, a folder or port that is not ours to use; `code` is the
   * system's, null where it was none of its.
   */
  | { readonly type: 'SandboxStartFailed'; readonly detail: string; readonly code: string | null }
  | NothingToAttachTo
  | NotInstalled;

/** Why there is nothing that a single command could work with: it starts and migrates nothing. */
export type NothingToAttachTo =
  | { readonly type: 'EmbeddedNotRunning'; readonly dataDir: string }
  | { readonly type: 'SandboxNotRunning'; readonly dataDir: string }
  /** `pending` names the migrations that the database lacks. */
  | { readonly type: 'SchemaBehind'; readonly pending: readonly string[] };

/** What a function that opens a part comes back with when all is well. */
export type OpenPart<Open extends (...args: never[]) => Promise<Result<unknown, unknown>>> =
  Awaited<ReturnType<Open>> extends Result<infer Part, unknown> ? Part : never;
