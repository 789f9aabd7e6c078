// What callers and consumers see: how requests are read, and what refusals are called. See docs/architecture.md.

export { authorizeOf, readAuthorize } from './authorize-request.js';
export { compatReleaseBody, readCommand } from './command-requests.js';
export { ERRORS, type ErrorCode, invalidRequest, type Problem } from './errors.js';
export { fieldNamedTwice } from './json-text.js';
export { isLoopback } from './loopback.js';
export { type OwnPaymentId, ownPaymentIdOf } from './payment-id.js';
export { readQuery, readRelease, readRevert } from './payment-requests.js';
export { problemOf, webhookProblem } from './problems.js';
export {
  authorizeBody,
  issuesOf,
  pathId,
  read,
  readId,
  releaseBody,
  revertBody,
} from './schemas.js';
export { renderTime } from './time.js';
