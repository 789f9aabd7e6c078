import { err, ok, type Result } from 'neverthrow';
import type { Metadata } from '../state/stored.js';
import { type Failure, invalid } from './failure.js';

/** What a `metadata` parameter asks for: set these, remove those, or (null) remove all. */
export type MetadataPatch = Readonly<Record<string, string | null>> | null;

export const MAX_KEYS = 50;
export const TOO_MANY_KEYS = `You can only specify up to ${MAX_KEYS} keys in metadata.`;

/** Applies a patch to metadata; the limit on keys holds for the result. */
export function patchMetadata(
  current: Metadata,
  patch: MetadataPatch | undefined,
): Result<Metadata, Failure> {
  if (patch === undefined) return ok(current);
  if (patch === null) return ok({});
  const next: Record<string, string> = { ...current };
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) delete next[key];
    else next[key] = value;
  }
  if (Object.keys(next).length > MAX_KEYS)
    return err(invalid(TOO_MANY_KEYS, { param: 'metadata' }));
  return ok(next);
}
