import type { ReactNode } from "react"
import { Logo } from "@/engine/components/logo"
import { APP_NAME } from "@/engine/lib/app-info"

interface StartingScreenProps {
  slow?: boolean
  migrating?: boolean
  stopping?: boolean
  /** URL of the server that is being connected to. */
  serverUrl?: string | undefined
  children?: ReactNode
}

function textFor({ slow, migrating, stopping, serverUrl }: StartingScreenProps): string {
  if (stopping) return "Closing…"
  if (serverUrl) return `Connecting to ${serverUrl}…`
  if (migrating) return "Updating your data. This can take a while after an update."
  if (slow)
    return "Starting is taking longer than usual. The first start after an update can take a minute."
  return "Starting…"
}

/** Full screen with logo and progress, while no page can be shown. */
export function StartingScreen(state: StartingScreenProps) {
  return (
    <main className="flex h-full flex-col items-center justify-center gap-6 p-8">
      <Logo className="size-14" />
      <h1 className="max-w-full text-balance text-center font-semibold text-lg">{APP_NAME}</h1>
      <span className="h-1 w-40 overflow-hidden rounded-full bg-muted" aria-hidden>
        <span className="block h-full w-2/5 animate-[starting_1.6s_ease-in-out_infinite] rounded-full bg-primary" />
      </span>
      <p
        role="status"
        className="min-h-10 max-w-xs break-words text-center text-muted-foreground text-sm"
      >
        {textFor(state)}
      </p>
      {state.children}
    </main>
  )
}
