type MigrationTool = typeof import('node-pg-migrate');

/**
 * Loads the tool that runs migrations. Only who migrates needs it: a host may have its migrations
 * run elsewhere, and then need not install it.
 */
export async function loadMigrationTool(
  load: () => Promise<MigrationTool> = () => import('node-pg-migrate'),
): Promise<MigrationTool> {
  try {
    return await load();
  } catch (error) {
    if (!isMissing(error)) throw error;
    throw new Error('migrate needs the package node-pg-migrate: npm install node-pg-migrate@9', {
      cause: error,
    });
  }
}

function isMissing(error: unknown): boolean {
  if (!(error instanceof Error) || !('code' in error)) return false;
  const absent = error.code === 'ERR_MODULE_NOT_FOUND' || error.code === 'MODULE_NOT_FOUND';
  return absent && error.message.includes(`'node-pg-migrate'`);
}
