import { expect, test } from "vitest"
import { isCtrlShortcut } from "@/engine/lib/shortcut"

const ctrl = { ctrlKey: true, metaKey: false, altKey: false, shiftKey: false }

test.each([
  ["QWERTY", "k", "KeyK", true],
  ["Caps Lock", "K", "KeyK", true],
  ["Dvorak, where K is at V's place", "k", "KeyV", true],
  ["Dvorak, where T is at K's place", "t", "KeyK", false],
  ["Cyrillic", "л", "KeyK", true],
  ["Cyrillic, another key", "ф", "KeyA", false],
  ["Greek", "κ", "KeyK", true],
  ["Hebrew", "ל", "KeyK", true],
  ["Thai", "า", "KeyK", true],
  ["a Latin letter that is not English", "ø", "KeyK", false],
  ["no letter at all", "Enter", "Enter", false],
])("Ctrl+K on %s", (_, key, code, expected) => {
  expect(isCtrlShortcut({ ...ctrl, key, code }, "k")).toBe(expected)
})

test.each([
  ["alone", { ctrlKey: false }, false],
  ["with ⌘", { ctrlKey: false, metaKey: true }, true],
  ["with AltGr, which some systems report as Ctrl+Alt", { altKey: true }, false],
  ["with Shift", { shiftKey: true }, false],
])("K %s", (_, modifiers, expected) => {
  expect(isCtrlShortcut({ ...ctrl, key: "k", code: "KeyK", ...modifiers }, "k")).toBe(expected)
})
