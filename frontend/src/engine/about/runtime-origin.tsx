interface Origin {
  name: string
  text: string
}

const ORIGINS: Partial<Record<string, Origin>> = {
  "official release": {
    name: "Official release",
    text: "The pinned build of CPython, verified by its checksum.",
  },
  mirror: {
    name: "Mirror",
    text: "The pinned build of CPython from a mirror, verified by its checksum.",
  },
  "local archive": {
    name: "Local archive",
    text: "A build of CPython from a file, verified by its checksum.",
  },
  "Go module": {
    name: "Go module",
    text: "An older build of CPython from a Go module, verified by its checksum. It replaces the pinned release when that cannot be reached. For development, not for distribution.",
  },
  system: {
    name: "System Python",
    text: "The backend was started manually, without the bundled runtime.",
  },
}

/** Where the Python runtime came from. `origin` is `runtime` of the diagnostics. */
export function RuntimeOrigin({ origin }: { origin: string }) {
  const { name, text } = ORIGINS[origin] ?? { name: origin, text: "" }
  return (
    <>
      {name}
      {text && <span className="block text-muted-foreground">{text}</span>}
    </>
  )
}
