/**
 * Whether a host is this machine itself: `localhost`, `127.x.x.x` or `::1`, as it stands in a URL (with
 * brackets) or in `HOST` (without). Any other name may be somebody else's, whatever it resolves to.
 */
export function isLoopback(host: string): boolean {
  return /^(localhost|127(\.\d{1,3}){3}|\[::1\]|::1)$/i.test(host);
}
