import { isAbsolute } from 'node:path';
import { z } from 'zod';

/** In the place of a folder: what leaves the database is kept nowhere. */
const DROP = 'drop';

/** `ARCHIVE_TO` */
export const archiveTo = z
  .string()
  .refine((text) => text === DROP || (isAbsolute(text) && text.length <= 500))
  .transform((text) => ({ folder: text === DROP ? null : text }));
