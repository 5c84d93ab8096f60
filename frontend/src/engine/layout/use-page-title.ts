import { useMatches } from "@tanstack/react-router"
import { useEffect } from "react"
import { APP_NAME } from "@/engine/lib/app-info"
import { bidiIsolate } from "@/engine/lib/bidi-isolate"
import { setWindowTitle } from "@/engine/shell"

declare module "@tanstack/react-router" {
  interface StaticDataRouteOption {
    /** Page name in the title of the document and of the native window. */
    title?: string
  }
}

/** Sets the title of the document and of the native window from the innermost matched route with a `staticData.title`. */
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
    setWindowTitle(title).catch(() => undefined) // The native title is optional: it needs a permission of the shell.
  }, [title])
}
