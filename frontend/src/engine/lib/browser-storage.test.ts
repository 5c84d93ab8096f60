import { afterEach, expect, test } from "vitest"
import { installStorageFallback, storageBlocked } from "@/engine/lib/browser-storage"

const NAMES = ["localStorage", "sessionStorage"] as const
const originals = NAMES.map((name) => Object.getOwnPropertyDescriptor(window, name))

const replace = (name: (typeof NAMES)[number], get: () => unknown) =>
  Object.defineProperty(window, name, { configurable: true, get })

afterEach(() => {
  NAMES.forEach((name, index) => {
    const descriptor = originals[index]
    if (descriptor) Object.defineProperty(window, name, descriptor)
    else Reflect.deleteProperty(window, name)
  })
  storageBlocked.set(false)
})

function deny(): never {
  throw new DOMException("denied", "SecurityError")
}

test("a working storage is not replaced", () => {
  const before = NAMES.map((name) => window[name])
  installStorageFallback()
  expect(NAMES.map((name) => window[name])).toEqual(before)
  expect(storageBlocked.get()).toBe(false)
  expect(localStorage).toHaveLength(0)
})

test.each(NAMES)("a %s that throws is replaced by in-memory storage", (name) => {
  replace(name, deny)
  installStorageFallback()
  expect(storageBlocked.get()).toBe(true)
  const storage = window[name]
  expect(storage.getItem("theme")).toBeNull()
  storage.setItem("theme", "dark")
  expect(storage.getItem("theme")).toBe("dark")
  expect([storage.length, storage.key(0), storage.key(1)]).toEqual([1, "theme", null])
  storage.removeItem("theme")
  expect(storage).toHaveLength(0)
})

test("a missing storage is replaced by in-memory storage", () => {
  replace("localStorage", () => null)
  installStorageFallback()
  expect(localStorage.getItem("theme")).toBeNull()
})

test("a full storage retains its entries, and new entries are stored in memory", () => {
  const full = Object.assign(Object.create({ setItem: deny }), { access_token: "good" })
  replace("localStorage", () => full)
  installStorageFallback()
  expect(localStorage.getItem("access_token")).toBe("good")
  localStorage.setItem("theme", "dark")
  expect(localStorage.getItem("theme")).toBe("dark")
})
