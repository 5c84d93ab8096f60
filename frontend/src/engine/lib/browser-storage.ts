import { createStore } from "@/engine/lib/store"

const PROBE_KEY = "probe"

/** Whether localStorage or sessionStorage was replaced by in-memory storage: a reload loses what was stored since. */
export const storageBlocked = createStore(false)

/** In-memory Storage, for the lifetime of the page. */
class MemoryStorage implements Storage {
  #entries: Map<string, string>
  constructor(entries: Iterable<[string, string]> = []) {
    this.#entries = new Map(entries)
  }
  get length(): number {
    return this.#entries.size
  }
  key(index: number): string | null {
    return [...this.#entries.keys()][index] ?? null
  }
  getItem(key: string): string | null {
    return this.#entries.get(key) ?? null
  }
  setItem(key: string, value: string): void {
    this.#entries.set(key, String(value))
  }
  removeItem(key: string): void {
    this.#entries.delete(key)
  }
  clear(): void {
    this.#entries.clear()
  }
}

/**
 * Replaces `localStorage` and `sessionStorage` by in-memory storage where the browser blocks site data: access throws,
 * the property is missing, or writes fail. Call once, before any other use of either.
 */
export function installStorageFallback(): void {
  for (const name of ["localStorage", "sessionStorage"] as const) {
    if (isWritable(name)) continue
    Object.defineProperty(window, name, {
      configurable: true,
      value: new MemoryStorage(readEntries(name)),
    })
    storageBlocked.set(true)
  }
}

function isWritable(name: "localStorage" | "sessionStorage"): boolean {
  try {
    window[name].setItem(PROBE_KEY, "")
    window[name].removeItem(PROBE_KEY)
    return true
  } catch {
    return false
  }
}

/** The entries of a storage that rejects writes, for example because its quota is exceeded. */
function readEntries(name: "localStorage" | "sessionStorage"): [string, string][] {
  try {
    return Object.entries(window[name])
  } catch {
    return []
  }
}
