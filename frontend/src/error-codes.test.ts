import { readdirSync, readFileSync } from "node:fs"
import ts from "typescript"
import { expect, test } from "vitest"

/** Methods that test the content of a string. */
const TEST_METHODS = [
  "includes",
  "startsWith",
  "endsWith",
  "indexOf",
  "match",
  "search",
  "test",
  "exec",
]
/** Names of variables and properties with an error message. */
const MESSAGE_NAMES = /\b(detail|message|msg|errorMessage)\b/
const SENTENCE = /[A-Za-z']{2,} [A-Za-z']{2,}/

const EQUALITY = new Set([
  ts.SyntaxKind.EqualsEqualsToken,
  ts.SyntaxKind.EqualsEqualsEqualsToken,
  ts.SyntaxKind.ExclamationEqualsToken,
  ts.SyntaxKind.ExclamationEqualsEqualsToken,
])

const isText = (node: ts.Node) =>
  ts.isStringLiteralLike(node) ||
  ts.isRegularExpressionLiteral(node) ||
  ts.isTemplateExpression(node)

/** Returns the expressions in a source that branch on an error message or on any English sentence. */
function branchesOnMessage(source: string): string[] {
  const found: string[] = []
  const file = ts.createSourceFile("x.tsx", source, ts.ScriptTarget.Latest, true, ts.ScriptKind.TSX)
  const constants = new Map<string, string>()

  const textOf = (node: ts.Node) =>
    isText(node) ? node.getText() : (constants.get(node.getText()) ?? "")
  const check = (parts: ts.Node[], expression: ts.Node) => {
    const texts = parts.map(textOf)
    const compares =
      texts.some(Boolean) &&
      parts.some((part) => !isText(part) && MESSAGE_NAMES.test(part.getText()))
    if (compares || texts.some((text) => SENTENCE.test(text))) found.push(expression.getText())
  }

  const visit = (node: ts.Node): void => {
    if (ts.isVariableDeclaration(node) && node.initializer && isText(node.initializer)) {
      constants.set(node.name.getText(), node.initializer.getText())
    }
    if (ts.isBinaryExpression(node) && EQUALITY.has(node.operatorToken.kind)) {
      // `typeof detail === "string"` tests the type, not the content.
      if (!ts.isTypeOfExpression(node.left)) check([node.left, node.right], node)
    }
    if (ts.isSwitchStatement(node)) {
      const labels = node.caseBlock.clauses
        .filter(ts.isCaseClause)
        .map(({ expression }) => expression)
      check([node.expression, ...labels], node)
    }
    if (ts.isCallExpression(node) && ts.isPropertyAccessExpression(node.expression)) {
      const { name, expression } = node.expression
      const operands = ts.isArrayLiteralExpression(expression)
        ? [...expression.elements]
        : [expression]
      if (TEST_METHODS.includes(name.text)) check([...operands, ...node.arguments], node)
    }
    ts.forEachChild(node, visit)
  }
  visit(file)
  return found
}

test("the UI does not branch on error messages", () => {
  const files = readdirSync("src", { recursive: true, encoding: "utf8" })
    .map((name) => name.replaceAll("\\", "/"))
    .filter((name) => /\.tsx?$/.test(name) && !/\.test\.|^client\/|^test\/|\.gen\.ts$/.test(name))
  expect(files.length).toBeGreaterThan(150)
  const found = files.flatMap((name) =>
    branchesOnMessage(readFileSync(`src/${name}`, "utf8")).map((place) => `${name}: ${place}`),
  )
  expect(found).toEqual([])
})

test("only two modules read the detail of API errors, to display it", () => {
  const readers = readdirSync("src", { recursive: true, encoding: "utf8" })
    .map((name) => name.replaceAll("\\", "/"))
    .filter((name) => /\.tsx?$/.test(name) && !/\.test\.|^client\/|^test\//.test(name))
    .filter((name) => /\bdetail\b\s*[?.:;=)]|\.detail\b/.test(readFileSync(`src/${name}`, "utf8")))
  expect(readers.sort()).toEqual(["engine/connection/errors.ts", "engine/transfer/import-error.ts"])
})

test.each([
  'if (error.detail === "Invalid") a()',
  'if (data?.detail !== "Could not validate credentials") a()',
  "const isClash = /with this email/.test(message)",
  "const CLASH = /already/; if (CLASH.test(errorMessage(error))) a()",
  'switch (error.message) { case "Gone": a() }',
  'if (message.startsWith("Invalid token")) a()',
  'if (text == "Try again") a()',
  'const NO = "Not found"; const gone = what === NO',
  '["Inactive user"].includes(detail)',
])("branching on a message is detected: %s", (source) => {
  expect(branchesOnMessage(source)).not.toEqual([])
})

test.each([
  'if (errorCode(error) === "email_taken") a()',
  'if (typeof detail === "string") a()',
  'if (event.key === "Escape") a()',
  'const words = error.message || "Something went wrong."',
])("branching on codes and types is allowed: %s", (source) => {
  expect(branchesOnMessage(source)).toEqual([])
})
