import { expect, test } from "vitest"
import { isCtrlShortcut } from "@/engine/lib/shortcut"

const ctrl = { ctrlKey: true, metaKey: false, altKey: false, shiftKey: false }

test.each([
  ["QWERTY", "k", "KeyK", true],
  ["Caps Lock", "K", "KeyK", true],
  ["Dvorak, with K on the physical key V", "k", "KeyV", true],
  ["Dvorak, with T on the physical key K", "t", "KeyK", false],
  ["Cyrillic", "л", "KeyK", true],
  ["Cyrillic, another key", "ф", "KeyA", false],
  ["Greek", "κ", "KeyK", true],
  ["Hebrew", "ל", "KeyK", true],
  ["Thai", "า", "KeyK", true],
  ["a non-English Latin letter", "ø", "KeyK", false],
  ["a key without a letter", "Enter", "Enter", false],
])("Ctrl+K on %s", (_, key, code, expected) => {
  expect(isCtrlShortcut({ ...ctrl, key, code }, "k")).toBe(expected)
})

test.each([
  ["alone", { ctrlKey: false }, false],
  ["with ⌘", { ctrlKey: false, metaKey: true }, true],
  ["with Alt (some systems report AltGr as Ctrl+Alt)", { altKey: true }, false],
  ["with Shift", { shiftKey: true }, false],
])("K %s", (_, modifiers, expected) => {
  expect(isCtrlShortcut({ ...ctrl, key: "k", code: "KeyK", ...modifiers }, "k")).toBe(expected)
})
