import { Unplug } from "lucide-react"
import type { ReactNode } from "react"
import { isolateFromDialogs } from "@/engine/lib/isolate-from-dialogs"

interface ConnectionLostBannerProps {
  title: string
  description: string
  /** Buttons. */
  children?: ReactNode
}

/** A press on the banner must not close an open dialog. */
const isolate = (banner: HTMLElement | null) => {
  if (banner) isolateFromDialogs(banner)
}

/** Reports that the backend or the server does not respond. The page and its dialogs stay usable. */
export function ConnectionLostBanner({ title, description, children }: ConnectionLostBannerProps) {
  return (
    <div
      ref={isolate}
      className="pointer-events-auto relative z-[60] flex flex-wrap items-center gap-x-6 gap-y-3 border-b bg-popover px-4 py-3 text-popover-foreground text-sm shadow-sm"
    >
      <div role="alert" className="flex min-w-0 flex-1 basis-80 gap-3">
        <Unplug className="mt-0.5 size-4 shrink-0 text-danger-text" aria-hidden />
        <div className="grid gap-0.5">
          <p className="font-medium">{title}</p>
          <p className="text-muted-foreground">{description}</p>
        </div>
      </div>
      {children && <div className="flex flex-wrap gap-2">{children}</div>}
    </div>
  )
}
