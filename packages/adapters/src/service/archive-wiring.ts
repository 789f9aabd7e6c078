import { hostname } from 'node:os';
import {
  type Archiver,
  type Background,
  type Clock,
  createArchiver,
  startArchiving,
} from '@campusg-pay/core';
import { createArchiveStore } from '../postgres/archive/archive-records.js';
import type { Database } from '../postgres/connection/query.js';
import { createReconcileRecords } from '../postgres/reconcile/record-stream.js';
import { createRunStore } from '../postgres/reconcile/run-store.js';
import { createArchiveFolder } from './archive-folder.js';
import type { ArchiveConfig } from './config-fields.js';

/** Moves histories out of a database, as it is configured. */
export function archiverOf(
  db: Database,
  {
    archive: { afterMs, folder },
    clock,
    by = hostname(),
  }: {
    readonly archive: ArchiveConfig;
    readonly clock: Clock;
    /** @default the name of this machine */
    readonly by?: string;
  },
): Archiver {
  return createArchiver({
    records: createReconcileRecords(db),
    runs: createRunStore(db),
    store: createArchiveStore(db),
    writer: folder === null ? null : createArchiveFolder(folder, () => clock.now()),
    clock,
    by,
    afterMs,
  });
}

/** The job in the background; none where nothing is to leave. */
export function startConfiguredArchive(
  {
    config: { archive },
    database: { db },
  }: {
    readonly config: { readonly archive: ArchiveConfig | null };
    readonly database: { readonly db: Database };
  },
  host: Parameters<typeof startArchiving>[1],
): readonly Background[] {
  if (archive === null) return [];
  return [startArchiving(archiverOf(db, { archive, clock: host.clock }), host)];
}
