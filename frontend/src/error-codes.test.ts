import { readdirSync, readFileSync } from "node:fs"
import ts from "typescript"
import { expect, test } from "vitest"

/** Text methods that decide something by what a text says. */
const DECIDING = [
  "includes",
  "startsWith",
  "endsWith",
  "indexOf",
  "match",
  "search",
  "test",
  "exec",
]
/** What carries the words of an error. */
const WORDS = /\b(detail|message|msg|errorMessage)\b/
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

/** The places in a source that branch on the words of an error, or on an English sentence at all. */
function decidesByWords(source: string): string[] {
  const found: string[] = []
  const file = ts.createSourceFile("x.tsx", source, ts.ScriptTarget.Latest, true, ts.ScriptKind.TSX)
  const constants = new Map<string, string>()

  const textOf = (node: ts.Node) =>
    isText(node) ? node.getText() : (constants.get(node.getText()) ?? "")
  const check = (parts: ts.Node[], whole: ts.Node) => {
    const texts = parts.map(textOf)
    const compares =
      texts.some(Boolean) && parts.some((part) => !isText(part) && WORDS.test(part.getText()))
    if (compares || texts.some((text) => SENTENCE.test(text))) found.push(whole.getText())
  }

  const visit = (node: ts.Node): void => {
    if (ts.isVariableDeclaration(node) && node.initializer && isText(node.initializer)) {
      constants.set(node.name.getText(), node.initializer.getText())
    }
    if (ts.isBinaryExpression(node) && EQUALITY.has(node.operatorToken.kind)) {
      // `typeof detail === "string"` asks for a kind.
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
      const among = ts.isArrayLiteralExpression(expression)
        ? [...expression.elements]
        : [expression]
      if (DECIDING.includes(name.text)) check([...among, ...node.arguments], node)
    }
    ts.forEachChild(node, visit)
  }
  visit(file)
  return found
}

test("no code of the UI branches on the words of an error", () => {
  const files = readdirSync("src", { recursive: true, encoding: "utf8" })
    .map((name) => name.replaceAll("\\", "/"))
    .filter((name) => /\.tsx?$/.test(name) && !/\.test\.|^client\/|^test\/|\.gen\.ts$/.test(name))
  expect(files.length).toBeGreaterThan(150)
  const found = files.flatMap((name) =>
    decidesByWords(readFileSync(`src/${name}`, "utf8")).map((place) => `${name}: ${place}`),
  )
  expect(found).toEqual([])
})

test("the words of the API's errors are read in two places, which show them", () => {
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
])("the words that this branches on are noticed: %s", (source) => {
  expect(decidesByWords(source)).not.toEqual([])
})

test.each([
  'if (errorCode(error) === "email_taken") a()',
  'if (typeof detail === "string") a()',
  'if (event.key === "Escape") a()',
  'const words = error.message || "Something went wrong."',
])("this branches on no words: %s", (source) => {
  expect(decidesByWords(source)).toEqual([])
})
