interface Origin {
  name: string
  text: string
}

const origins: Partial<Record<string, Origin>> = {
  official: {
    name: "Official release",
    text: "The pinned build of CPython, checked by its checksum.",
  },
  "stand-in": {
    name: "Stand-in",
    text: "Compiled from CPython's source on the machine that built the app, because the official release could not be reached. Good for development, not for distribution.",
  },
  system: {
    name: "This machine's own Python",
    text: "The backend was started by hand, not from the bundled runtime.",
  },
}

/** Where the interpreter came from, and what that means. */
export function RuntimeOrigin({ origin }: { origin: string }) {
  const { name, text } = origins[origin] ?? { name: origin, text: "" }
  return (
    <>
      {name}
      {text && <span className="block text-muted-foreground">{text}</span>}
    </>
  )
}
