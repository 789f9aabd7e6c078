/** What the exit code of every command means. */
export const EXIT = { ok: 0, usage: 1, fault: 3, interrupted: 130 } as const;
