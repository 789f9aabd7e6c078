import { randomUUID } from 'node:crypto';
import { readdirSync } from 'node:fs';
import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build, type Plugin } from 'esbuild';

/** A statement as the adapters define it. */
export interface Defined {
  readonly name: string;
  readonly text: string;
  readonly parameters: readonly string[];
}

/** A statement with the values that it was run with. */
export interface Recorded {
  readonly name: string;
  readonly values: readonly unknown[];
}

/** The adapters, of which every statement is noted, and every run of one. */
export interface NotedAdapters {
  readonly statements: readonly Defined[];
  readonly trace: Recorded[];
  readonly service: typeof import('../../../packages/adapters/src/service/index.js');
}

interface Noted {
  statements: Defined[];
  trace: Recorded[];
}

const root = fileURLToPath(new URL('../../../', import.meta.url));
const postgres = join(root, 'packages/adapters/src/postgres');

/** Where the text of `statement.ts` is told to note. */
const DEFINED = 'return { name, text, parameters: names, constraints };';
const BOUND = 'return { name, text, values: ordered };';

const noting: Plugin = {
  name: 'noting',
  setup: ({ onLoad }) => {
    onLoad({ filter: /connection\/statement\.ts$/ }, async ({ path }) => {
      const text = await readFile(path, 'utf8');
      for (const place of [DEFINED, BOUND]) {
        if (!text.includes(place)) throw new Error(`statement.ts has no "${place}" any more`);
      }
      const contents = text
        .replace(
          DEFINED,
          `(globalThis as any).noted.statements.push({ name, text, parameters: names }); ${DEFINED}`,
        )
        .replace(
          BOUND,
          `(globalThis as any).noted.trace.push({ name, values: ordered }); ${BOUND}`,
        );
      return { contents, loader: 'ts' };
    });
  },
};

/** Loads the adapters as one file, with all that defines statements. */
export async function loadAdapters(): Promise<NotedAdapters> {
  const files = readdirSync(postgres, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .map((name) => `import ${JSON.stringify(join(postgres, name))};`);
  // Below the package: the migrations are looked for from there.
  const outfile = join(root, `packages/adapters/.cache/trial-${randomUUID()}/adapters.mjs`);
  await build({
    stdin: {
      contents: [...files, "export * from './packages/adapters/src/service/index.ts';"].join('\n'),
      resolveDir: root,
      loader: 'ts',
    },
    bundle: true,
    platform: 'node',
    target: 'node20',
    format: 'esm',
    conditions: ['@campusg-pay/source'],
    banner: {
      js: "import { createRequire as requireFor } from 'node:module';const require = requireFor(import.meta.url);",
    },
    plugins: [noting],
    outfile,
    logLevel: 'error',
  });
  const noted: Noted = { statements: [], trace: [] };
  Reflect.set(globalThis, 'noted', noted);
  try {
    const service = (await import(outfile)) as NotedAdapters['service'];
    return { ...noted, service };
  } finally {
    await rm(join(outfile, '..'), { recursive: true, force: true });
  }
}
