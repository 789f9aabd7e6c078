import type { createCallLimits } from '@campusg-pay/core';

/** The timers of this process. */
export const turnTimer: Parameters<typeof createCallLimits>[0]['timer'] = {
  now: () => performance.now(),
  after: (ms, wake) => {
    const timer = setTimeout(wake, Math.ceil(ms));
    return () => clearTimeout(timer);
  },
};
