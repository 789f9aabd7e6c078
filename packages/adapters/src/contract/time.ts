/** ISO 8601 with the offset spelled as in the guide: `2025-03-29T11:08:03.326+00:00`. */
export function renderTime(at: Date): string {
  return `${at.toISOString().slice(0, -1)}+00:00`;
}
