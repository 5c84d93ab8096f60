import { createStore } from "@/engine/lib/store"

const PROBE_KEY = "probe"

/** Whether the browser refuses to store anything for this page, so that a reload forgets it all. */
export const storageBlocked = createStore(false)

/** What `localStorage` and `sessionStorage` promise, for as long as the page lives. */
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
 * Called once, before anything else uses them. A browser that blocks site data throws at the mere mention of its
 * storages, has none at all, or refuses to write: then the page gets ones that live as long as it does.
 */
export function installStorageFallback(): void {
  for (const name of ["localStorage", "sessionStorage"] as const) {
    if (isWritable(name)) continue
    Object.defineProperty(window, name, {
      configurable: true,
      value: new MemoryStorage(readable(name)),
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

/** A storage that is only full can still be read. */
function readable(name: "localStorage" | "sessionStorage"): [string, string][] {
  try {
    return Object.entries(window[name])
  } catch {
    return []
  }
}
