import { invalidRequest, type Problem } from '@campusg-pay/adapters/contract';
import express, { type Request, type RequestHandler } from 'express';
import { refuse } from './answers.js';
import { contextOf } from './request-context.js';

const readBytes = express.raw({ type: () => true, limit: '100kb' });

/** Refuses bytes that are no UTF-8, where a lenient reader would store replacement characters. */
const utf8 = new TextDecoder('utf-8', { fatal: true });

/** The bytes of a body that `express.raw` has read; none where there is no body. */
export function bytesOf({ body }: Request): Buffer {
  if (Buffer.isBuffer(body)) return body;
  if (body === undefined) return Buffer.alloc(0);
  // Without the bytes nothing could be compared; taken as empty, a reason would be lost.
  throw new Error('bug: another middleware has read the body; mount this app before it');
}

/**
 * Reads a JSON body into `request.body`, and keeps its bytes in the context. No body is read as an
 * empty object, whatever its type is said to be: callers send an empty body with or without a
 * content type.
 *
 * Express's own JSON reader skips a body of another type, which would read a wrong one as none.
 */
export const readJson: RequestHandler[] = [
  readBytes,
  (request, response, next) => {
    const bytes = bytesOf(request);
    request.body = {};
    if (bytes.length === 0) {
      next();
      return;
    }
    contextOf(response).bytes = bytes;
    if (!isJson(request.headers['content-type'])) {
      refuse(response, NOT_JSON);
      return;
    }
    try {
      request.body = JSON.parse(utf8.decode(bytes));
    } catch {
      refuse(response, MALFORMED);
      return;
    }
    next();
  },
];

const NOT_JSON: Problem = {
  code: 'unsupported_media_type',
  description: 'Send the body as JSON in UTF-8 with the header "Content-Type: application/json".',
};

const MALFORMED = invalidRequest([{ field: 'body', rule: 'must be well-formed JSON in UTF-8' }]);

/** `application/json` or a kin of it such as `application/cloudevents+json`, in UTF-8. */
function isJson(contentType: string | undefined): boolean {
  const [type = '', ...parameters] = (contentType ?? '').toLowerCase().split(';');
  if (!/^application\/([\w.-]+\+)?json$/.test(type.trim())) return false;
  const charset = parameters
    .map((one) => /^\s*charset\s*=\s*"?([^"\s]*)"?\s*$/.exec(one)?.[1])
    .find((one) => one !== undefined);
  return charset === undefined || charset === 'utf-8' || charset === 'utf8';
}
