import { afterEach, expect, test } from "vitest"
import { installStorageFallback, storageBlocked } from "@/engine/lib/browser-storage"

const NAMES = ["localStorage", "sessionStorage"] as const
const real = NAMES.map((name) => Object.getOwnPropertyDescriptor(window, name))

const replace = (name: (typeof NAMES)[number], get: () => unknown) =>
  Object.defineProperty(window, name, { configurable: true, get })

afterEach(() => {
  NAMES.forEach((name, index) => {
    const descriptor = real[index]
    if (descriptor) Object.defineProperty(window, name, descriptor)
    else Reflect.deleteProperty(window, name)
  })
  storageBlocked.set(false)
})

function refuse(): never {
  throw new DOMException("denied", "SecurityError")
}

test("storages that work are left alone", () => {
  const before = NAMES.map((name) => window[name])
  installStorageFallback()
  expect(NAMES.map((name) => window[name])).toEqual(before)
  expect(storageBlocked.get()).toBe(false)
  expect(localStorage).toHaveLength(0)
})

test.each(NAMES)("a %s that throws is replaced by one that forgets", (name) => {
  replace(name, refuse)
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

test("where there is no storage at all the page gets one", () => {
  replace("localStorage", () => null)
  installStorageFallback()
  expect(localStorage.getItem("theme")).toBeNull()
})

test("a storage that is full keeps what it holds, and takes no more beyond this page", () => {
  const full = Object.assign(Object.create({ setItem: refuse }), { access_token: "good" })
  replace("localStorage", () => full)
  installStorageFallback()
  expect(localStorage.getItem("access_token")).toBe("good")
  localStorage.setItem("theme", "dark")
  expect(localStorage.getItem("theme")).toBe("dark")
})
