import { z } from 'zod';

const LARGEST = 100_000;

/** How many calls a second, or as many as one likes. */
export const callsPerSecond = {
  schema: z.union([
    z.literal('unlimited').transform(() => Number.POSITIVE_INFINITY),
    z
      .string()
      .regex(/^\d{1,6}$/)
      .transform(Number)
      .refine((calls) => calls >= 1 && calls <= LARGEST),
  ]),
  rule: `a whole number of calls from 1 to ${LARGEST}, or unlimited`,
};
