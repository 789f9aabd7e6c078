import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

const ROOMS = ['packages', 'docs', 'scripts', 'bench', 'examples'];
const SKIPPED = new Set(['node_modules', 'dist', 'coverage']);

/** What a page tells its reader to write. */
const READERS_OWN = new Set(['migrations/000002_name.sql', 'own-pool.mjs', 'embed.mjs']);

/** Every file and folder of the project. */
const entries = readdirSync('.').flatMap((name) =>
  ROOMS.includes(name) ? [name, ...below(name)] : [name],
);

function below(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    if (SKIPPED.has(entry.name)) return [];
    const found = path.posix.join(folder, entry.name);
    return entry.isDirectory() ? [found, ...below(found)] : [found];
  });
}

/** The pages that people write, and those of which a part is drawn, as it is in `drawn`. */
function pages(drawn: Record<string, string>): [page: string, text: string][] {
  return entries
    .filter((entry) => entry.endsWith('.md'))
    .map((page) => [page, drawn[page] ?? readFileSync(page, 'utf8')]);
}

/** Files and folders that a page names in backticks, by the end of their path or the whole of it. */
function namedIn(text: string): string[] {
  const inline = text.replace(/^```[\s\S]*?^```/gm, '');
  return [...inline.matchAll(/`([^`\n]+)`/g)]
    .flatMap(([, code = '']) => code.split(/\s+/))
    .map((word) => word.replace(/\/$/, ''))
    .filter((word) => isFileName(word) || isPath(word));
}

const isFileName = (word: string): boolean => /^\w[\w./-]*\.(?:ts|mjs|cjs|sql)$/.test(word);

/** A path from the project's folder; what is only built is not there always. */
const isPath = (word: string): boolean =>
  /^[\w./-]+$/.test(word) &&
  word.includes('/') &&
  ROOMS.some((room) => word.startsWith(`${room}/`)) &&
  !word.split('/').some((part) => SKIPPED.has(part));

/** What pages name that is not there. */
export function missingPaths(drawn: Record<string, string>): { page: string; path: string }[] {
  const isThere = (name: string) =>
    READERS_OWN.has(name) || entries.some((entry) => `/${entry}`.endsWith(`/${name}`));
  return pages(drawn).flatMap(([page, text]) =>
    namedIn(text)
      .filter((name) => !isThere(name))
      .map((name) => ({ page, path: name })),
  );
}
