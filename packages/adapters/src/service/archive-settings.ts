import { DAY_MS } from '@campusg-pay/core';
import type { ArchiveConfig } from './config-fields.js';
import type { ConfigError, Value, Variable } from './variables.js';

/** Null where neither is set; one of them alone would be half a decision. */
export function readArchive(
  read: <V extends Variable>(variable: V) => Value<V> | undefined,
  errors: ConfigError[],
): ArchiveConfig | null {
  const before = errors.length;
  const days = read('ARCHIVE_AFTER_DAYS');
  const to = read('ARCHIVE_TO');
  if (days !== undefined && to !== undefined) return { afterMs: days * DAY_MS, folder: to.folder };
  // One that is wrong has been told; that the other is there without it is no second mistake.
  if (errors.length > before) return null;
  if (days !== undefined)
    errors.push({ variable: 'ARCHIVE_TO', rule: 'is required with ARCHIVE_AFTER_DAYS' });
  if (to !== undefined)
    errors.push({ variable: 'ARCHIVE_AFTER_DAYS', rule: 'is required with ARCHIVE_TO' });
  return null;
}
