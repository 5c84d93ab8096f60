import { expect, test } from "vitest"
import { bidiIsolate } from "@/engine/lib/bidi-isolate"

test.each([["App"], ["Größe, 日本"], [""], ["a@example.com"]])(
  "%j moves nothing and stays as it is",
  (text) => expect(bidiIsolate(text)).toBe(text),
)

test.each([["שלום"], ["مرحبا 1"], ["Ada \u202egnp.exe"], ["𞤀𞤣"]])("%j is isolated", (text) =>
  expect(bidiIsolate(text)).toBe(`\u2068${text}\u2069`),
)

test("a text can't end its own isolate", () => {
  expect(bidiIsolate("a\u2069ש")).toBe("\u2068aש\u2069")
})
