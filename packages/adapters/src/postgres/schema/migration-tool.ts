import { isMissing } from '../../missing-package.js';

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
    if (!isMissing(error, 'node-pg-migrate')) throw error;
    throw new Error('migrate needs the package node-pg-migrate: npm install node-pg-migrate@9', {
      cause: error,
    });
  }
}
