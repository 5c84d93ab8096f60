/** Any base will do: it only shows whether an address leads elsewhere. */
const HERE = "http://here.invalid"

/** A path inside the app, or nothing: an address must not send anyone elsewhere after the login. */
export function internalPath(address: unknown): string | undefined {
  if (typeof address !== "string" || !address.startsWith("/") || !URL.canParse(address, HERE)) {
    return undefined
  }
  const { origin, pathname, search, hash } = new URL(address, HERE)
  // A path such as /.//elsewhere is a host once its dots are resolved.
  return origin === HERE && !pathname.startsWith("//") ? pathname + search + hash : undefined
}
