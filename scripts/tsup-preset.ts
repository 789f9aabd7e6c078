import type { Options } from 'tsup';

type Entries = Readonly<Record<string, string>>;

/**
 * `BUILD=js` makes only what running from this repository needs. Declarations take seconds per
 * package and nobody here calls `require`; both belong to what is published.
 */
const jsOnly = process.env.BUILD === 'js';

/**
 * The build every package shares: one file per entry, dependencies and workspace packages left as
 * imports.
 *
 * @param options.library what others import: ES modules, CommonJS and declarations
 * @param options.commands what is run with node: ES modules only, they may await at the top level
 */
export const preset = (options: {
  readonly library?: Entries;
  readonly commands?: Entries;
}): Options => {
  const { library = {}, commands = {} } = options;
  const complete = !jsOnly && Object.keys(library).length > 0;
  return {
    entry: { ...library, ...commands },
    format: complete ? ['esm', 'cjs'] : ['esm'],
    esbuildOptions: (esbuild, { format }) => {
      if (format === 'cjs') esbuild.entryPoints = { ...library };
    },
    // TypeScript 6 calls an option deprecated that tsup sets for its declaration build.
    dts: complete && {
      entry: { ...library },
      compilerOptions: { ignoreDeprecations: '6.0' },
    },
    // Also where a package names itself: testing/ sees core as everybody else does.
    external: [/^@campusg-pay\//],
    tsconfig: '../../tsconfig.json',
    platform: 'node',
    target: 'node20',
    clean: true,
    sourcemap: true,
    // `import.meta.url` must work in CommonJS too: the migrations are found by it.
    shims: true,
    removeNodeProtocol: false,
    silent: true,
  };
};
