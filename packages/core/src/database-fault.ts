/** The database did not do it, or nobody knows whether it did. */
export interface DatabaseFault {
  readonly type: 'DatabaseUnavailable';
  /** For the log, not for callers: no SQL, no values, no addresses. */
  readonly reason: string;
  /** `unknown`: the statement may have been committed although its answer was lost. */
  readonly outcome?: 'not-executed' | 'unknown';
}
