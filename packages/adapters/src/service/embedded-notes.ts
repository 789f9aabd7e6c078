import { stat } from 'node:fs/promises';
import type { Logger } from '@campusg-pay/core';
import type { ServerEvent } from '../postgres/embedded/supervised-server.js';

const ROOM = 'make room there, and it goes on by itself';

/** Tells what became of the embedded Postgres, and what is to be done about it. */
export function noteServerEvent(
  event: ServerEvent,
  { log, dataDir }: { readonly log: Logger; readonly dataDir: string },
): void {
  switch (event.type) {
    case 'ended': {
      const why = event.diskFull
        ? `the disk of ${dataDir} is full: ${ROOM}`
        : 'it is started again';
      log.error(
        { detail: event.detail },
        `the embedded Postgres was killed or has crashed; ${why}`,
      );
      return;
    }
    case 'restarted':
      log.warn({ pid: event.pid }, 'the embedded Postgres is back; nothing committed was lost');
      return;
    case 'restart-failed': {
      const { detail, pauseMs } = event;
      const why = event.diskFull ? `: the disk of ${dataDir} is full: ${ROOM}` : '; tried again';
      log.error({ detail, pauseMs }, `the embedded Postgres does not start${why}`);
      return;
    }
    case 'connection-crashed':
      log.error(
        {},
        'a process of the embedded Postgres was killed or has crashed; it recovers by itself',
      );
      return;
    case 'disk-full':
      log.error(
        { dataDir },
        `the disk of ${dataDir} is full, so that the database can't write: ${ROOM}`,
      );
  }
}

/** Who may write into the folder may put other data in place of ours, however closed that is. */
export async function warnOfOpenFolder(dataDir: string, log: Logger): Promise<void> {
  const found = await stat(dataDir).catch(() => undefined);
  if (process.getuid === undefined || found === undefined) return;
  const isSticky = (found.mode & 0o1000) !== 0;
  if ((found.mode & 0o022) === 0 || isSticky) return;
  log.warn({ dataDir }, `other users may write into the data folder: chmod go-w ${dataDir}`);
}
