// What callers and consumers see: how requests are read, and what refusals are called. See docs/architecture.md.

export { authorizeOf, readAuthorize } from './authorize-request.js';
export { readCommand } from './command-requests.js';
export { ERRORS, type ErrorCode, invalidRequest, type Problem } from './errors.js';
export { fieldNamedTwice } from './json-text.js';
export { isLoopback } from './loopback.js';
export {
  compatReleaseBody,
  compatRevertBody,
  releaseBody,
  revertBody,
  runnerBody,
} from './movement-bodies.js';
export { type OwnPaymentId, ownPaymentIdOf, ownRefundIdOf } from './payment-id.js';
export {
  LIST_LIMIT,
  LIST_PARAMETERS,
  ROLES,
  readNoParameters,
  readPaymentList,
  readUserList,
  USER_LIST_PARAMETERS,
} from './payment-lists.js';
export {
  namedRefund,
  type ReleaseTerms,
  type RevertTerms,
  readQuery,
  readRelease,
  readRevert,
  readRunner,
} from './payment-requests.js';
export { problemOf } from './problems.js';
export {
  authorizeBody,
  issuesOf,
  pathId,
  read,
  readId,
} from './schemas.js';
export { renderTime } from './time.js';
export { webhookProblem } from './webhook-problems.js';
