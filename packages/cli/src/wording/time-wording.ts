/** A time for people, in UTC: `2026-11-26 13:00`. */
export function minuteOf(time: Date): string {
  return time.toISOString().slice(0, 16).replace('T', ' ');
}

/** The same to the millisecond, where order matters. */
export function momentOf(time: Date): string {
  return time.toISOString().slice(0, 23).replace('T', ' ');
}

/** A span of time, roughly: `45 s`, `12 min`, `3 h 20 min`, `6 d 23 h`. */
export function spanOf(ms: number): string {
  const seconds = Math.floor(Math.abs(ms) / 1000);
  const [minutes, hours] = [Math.floor(seconds / 60), Math.floor(seconds / 3_600)];
  if (minutes === 0) return `${seconds} s`;
  if (hours === 0) return `${minutes} min`;
  if (hours < 24) return `${hours} h ${minutes % 60} min`;
  return `${Math.floor(hours / 24)} d ${hours % 24} h`;
}
