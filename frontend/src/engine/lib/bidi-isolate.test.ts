import { expect, test } from "vitest"
import { bidiIsolate } from "@/engine/lib/bidi-isolate"

test.each([["App"], ["Größe, 日本"], [""], ["a@example.com"]])(
  "%j has no bidi characters and is unchanged",
  (text) => expect(bidiIsolate(text)).toBe(text),
)

test.each([["שלום"], ["مرحبا 1"], ["Ada \u202egnp.exe"], ["𞤀𞤣"]])("%j is isolated", (text) =>
  expect(bidiIsolate(text)).toBe(`\u2068${text}\u2069`),
)

test("isolate controls within a text are removed", () => {
  expect(bidiIsolate("a\u2069ש")).toBe("\u2068aש\u2069")
})
