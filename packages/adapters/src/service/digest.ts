import { createHash } from 'node:crypto';

/** SHA-256 in hex, by which repair plans are sealed. */
export function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

/** SHA-256 in base64url, by which commands are known again. */
export function fingerprint(text: string): string {
  return createHash('sha256').update(text).digest('base64url');
}
