/** Base URL to resolve paths against. */
const BASE = "http://here.invalid"

/** Returns a path within the app, or undefined for any other URL. Prevents open redirects after login. */
export function internalPath(url: unknown): string | undefined {
  if (typeof url !== "string" || !url.startsWith("/") || !URL.canParse(url, BASE)) {
    return undefined
  }
  const { origin, pathname, search, hash } = new URL(url, BASE)
  // /.//host resolves to //host, which is another origin.
  return origin === BASE && !pathname.startsWith("//") ? pathname + search + hash : undefined
}
