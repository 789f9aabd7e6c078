import type { FeePolicy } from '@campusg-pay/core';
import type { Value, Variable } from './variables.js';

/** What the platform keeps of a release that names no fee. */
export function readFees(
  read: <V extends Variable>(variable: V) => Value<V> | undefined,
): FeePolicy {
  return {
    partsPerMillion: read('PLATFORM_FEE_PERCENT') ?? 0,
    fixedMinor: read('PLATFORM_FEE_FIXED') ?? {},
    onTip: read('PLATFORM_FEE_ON_TIP') ?? false,
  };
}
