// No Result is dropped: a failure that is returned, and looked at by nobody, never happened. Where
// dropping one is right, `// Result ignored: <why>` stands above it.
import path from 'node:path';
import ts from 'typescript';
import { root } from './child.mjs';

const CHECKED = /\/packages\/(?:[^/]+\/src|core\/testing)\//;
const LEAVE = /^\s*\/\/ Result ignored: \w/;

const RESULTS = new Set(['Ok', 'Err', 'ResultAsync']);
const HOLDERS = new Set(['Promise', 'PromiseLike', 'Array', 'ReadonlyArray']);

/** Each drop that there is, so that this check is seen to fail whenever it runs. */
const PLANTED = `
import { ok, okAsync, type Result } from 'neverthrow';
const now = (): Result<number, 'gone'> => ok(1);
const soon = async (): Promise<Result<number, 'gone'>> => now();
export async function planted(known: Result<number, 'gone'> | undefined): Promise<number> {
  now(); // drop
  await soon(); // drop
  void soon(); // drop
  okAsync(1); // drop
  known ?? (await soon()); // drop
  if (known === undefined) await soon(); // drop
  await Promise.all([soon(), 1]); // drop
  await Promise.all([1, 2].map(soon)); // drop
  await soon().catch(() => undefined); // drop
  now().map((value) => value + 1); // drop
  await soon().then(() => 1); // drop
  [1].forEach(() => now()); // drop
  const later: () => void = () => soon(); // drop
  later();
  // Result ignored: a reason is given.
  await soon();
  // Result ignored: nothing is ignored here. // drop
  let kept = now();
  kept = await soon();
  await soon().then((result) => result.isOk());
  return kept.match((value) => value, () => 0);
}
`;
/** TypeScript names files with slashes, also on Windows. */
const plantedFile = `${root.split(path.sep).join('/')}packages/core/src/planted.ts`;

function programOf() {
  const { config } = ts.readConfigFile(path.join(root, 'tsconfig.json'), ts.sys.readFile);
  const { fileNames, options } = ts.parseJsonConfigFileContent(config, ts.sys, root);
  const host = ts.createCompilerHost(options);
  const { getSourceFile } = host;
  host.getSourceFile = (file, ...rest) =>
    file === plantedFile
      ? ts.createSourceFile(file, PLANTED, ...rest)
      : getSourceFile.call(host, file, ...rest);
  const files = fileNames.filter((file) => CHECKED.test(file));
  return ts.createProgram([...files, plantedFile], options, host);
}

const program = programOf();
const checker = program.getTypeChecker();

/** Whether a value of the type is a Result, may be one, or holds one. */
function holdsResult(type) {
  if (type.isUnion()) return type.types.some(holdsResult);
  const name = type.getSymbol()?.name;
  if (RESULTS.has(name)) return true;
  if (!HOLDERS.has(name) && !checker.isTupleType(type)) return false;
  return checker.getTypeArguments(type).some(holdsResult);
}

const givesResult = (node) => holdsResult(checker.getTypeAtLocation(node));

function isAssignment(node) {
  return ts.isBinaryExpression(node) && ts.isAssignmentOperator(node.operatorToken.kind);
}

/** `() => claim()` where a function is wanted that returns nothing. */
function answersNobody(node) {
  if (!ts.isArrowFunction(node) || ts.isBlock(node.body) || !givesResult(node.body)) return false;
  const wanted = checker.getContextualType(node)?.getCallSignatures()[0];
  if (wanted === undefined) return false;
  return (checker.getReturnTypeOfSignature(wanted).flags & ts.TypeFlags.Void) !== 0;
}

/** `claim().then(() => 1)`. */
function goesOnWithout(node) {
  if (!ts.isCallExpression(node) || !ts.isPropertyAccessExpression(node.expression)) return false;
  const { name, expression } = node.expression;
  const [next] = node.arguments;
  if (name.text !== 'then' || next === undefined || !ts.isArrowFunction(next)) return false;
  return next.parameters.length === 0 && givesResult(expression);
}

function drops(node) {
  if (ts.isVoidExpression(node)) return givesResult(node.expression);
  if (ts.isExpressionStatement(node)) {
    return !isAssignment(node.expression) && givesResult(node.expression);
  }
  return answersNobody(node) || goesOnWithout(node);
}

/** The lines of a file, from 0, with a Result that is dropped without leave, or a leave for none. */
function offencesIn(source) {
  const lines = source.text.split('\n');
  const offences = new Set();
  const used = new Set();
  /** The comment that ends on the line before it may say why. */
  const leaveAbove = (line) => {
    for (let at = line - 1; /^\s*\/\//.test(lines[at] ?? ''); at -= 1) {
      if (LEAVE.test(lines[at])) return at;
    }
    return null;
  };
  const visit = (node) => {
    if (drops(node)) {
      const { line } = source.getLineAndCharacterOfPosition(node.getStart(source));
      const leave = leaveAbove(line);
      if (leave === null) offences.add(line);
      else used.add(leave);
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  for (const [at, line] of lines.entries()) {
    if (LEAVE.test(line) && !used.has(at)) offences.add(at);
  }
  return [...offences].map((at) => ({ at, line: lines[at] }));
}

const troubles = [];
const sources = program.getSourceFiles().filter(({ fileName }) => CHECKED.test(fileName));
for (const source of sources) {
  if (source.fileName === plantedFile) continue;
  for (const { at, line } of offencesIn(source)) {
    const file = path.relative(root, source.fileName);
    const wrong = LEAVE.test(line) ? 'no Result is ignored below' : 'a Result is dropped';
    troubles.push(`${file}:${at + 1}: ${line.trim()} (${wrong})`);
  }
}

const found = offencesIn(program.getSourceFile(plantedFile)).map(({ at }) => at);
for (const [at, line] of PLANTED.split('\n').entries()) {
  if (line.endsWith('// drop') === found.includes(at)) continue;
  troubles.push(`scripts/check-results.mjs is wrong about: ${line.trim()}`);
}

for (const trouble of troubles) console.error(trouble);
console.log(`${sources.length - 1} files checked for dropped Results, ${troubles.length} offences`);
process.exitCode = troubles.length > 0 ? 1 : 0;
