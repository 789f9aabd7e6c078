/** Brackets around an IPv6 address, as in URLs. */
const HOST_AND_PORT = /^([\w.-]+|\[[0-9a-f:.]+\]):([1-9]\d{0,4})$/i;

/** The paths under it are Stripe's; what else a URL can hold would be dropped without a word. */
export function isOrigin({ pathname, search, hash, username, password }: URL): boolean {
  return pathname === '/' && `${search}${hash}${username}${password}` === '';
}

/** Written just as the header `Origin` has it, which is what it is compared with. */
export function isWebOrigin(text: string): boolean {
  return /^https?:[^*]+$/.test(text) && URL.canParse(text) && new URL(text).origin === text;
}

/** A broker's address. */
export function isHostAndPort(text: string): boolean {
  const [, , port] = HOST_AND_PORT.exec(text) ?? [];
  return port !== undefined && Number(port) <= 65_535;
}
