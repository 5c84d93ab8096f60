import { useMatches } from "@tanstack/react-router"
import { useEffect } from "react"
import { APP_NAME, bidiIsolate, setWindowTitle } from "@/engine"

/** Keeps the title of the document and of the native window in step with the innermost route that has one. */
export function usePageTitle(): void {
  const page = useMatches({
    select: (matches) => {
      if (matches.some((match) => match.status === "notFound" || match._notFound)) {
        return "Page not found"
      }
      return matches.findLast((match) => match.staticData.title)?.staticData.title
    },
  })
  const title = page ? `${page} · ${bidiIsolate(APP_NAME)}` : APP_NAME
  useEffect(() => {
    document.title = title
    // Without the shell's permission the window keeps the app's name, which will do.
    setWindowTitle(title).catch(() => undefined)
  }, [title])
}
