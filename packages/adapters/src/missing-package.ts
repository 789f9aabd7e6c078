/** Whether a module could not be loaded because a package is not installed. Node's two loaders name it in quotes. */
export function isMissing(error: unknown, name: string): boolean {
  if (!(error instanceof Error) || !('code' in error)) return false;
  const isAbsent = error.code === 'ERR_MODULE_NOT_FOUND' || error.code === 'MODULE_NOT_FOUND';
  return isAbsent && error.message.includes(`'${name}'`);
}
