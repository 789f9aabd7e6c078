// Finds spreads of a literal, as in `...{ a, b }` and `...['a', 'b']`: they add nothing to `a, b`.
import ts from 'typescript';

/** Most files have none, and are not parsed. */
const candidate = /\.\.\.[\s(]*[[{]/;

/** The line numbers on which a literal is spread into the literal or the call around it. */
export function packedSpreads(file, text) {
  if (!candidate.test(text)) return [];
  const source = ts.createSourceFile(file, text, ts.ScriptTarget.Latest);
  const lines = [];
  const visit = (node) => {
    if ((ts.isSpreadAssignment(node) || ts.isSpreadElement(node)) && isLiteral(node.expression))
      lines.push(source.getLineAndCharacterOfPosition(node.getStart(source)).line + 1);
    ts.forEachChild(node, visit);
  };
  visit(source);
  return lines;
}

/** Brackets and `as const` around a literal change nothing. */
function isLiteral(node) {
  if (ts.isParenthesizedExpression(node) || ts.isAsExpression(node))
    return isLiteral(node.expression);
  return ts.isObjectLiteralExpression(node) || ts.isArrayLiteralExpression(node);
}
