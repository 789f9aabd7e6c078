import type { Result } from 'neverthrow';

/**
 * What came of a call that is expected to go well. Where it did not, the test says with which error:
 * neverthrow would say only that there was one.
 */
export function got<Value, Fault>(result: Result<Value, Fault>): Value {
  if (result.isOk()) return result.value;
  throw new Error(`expected to go well, but got the error ${JSON.stringify(result.error)}`);
}
