import { LoaderCircle } from "lucide-react"
import { type ReactNode, useRef } from "react"
import { FailureOverlay } from "@/features/connection/failure-overlay"
import { FailurePanel } from "@/features/connection/failure-panel"
import { LockedScreen } from "@/features/connection/locked-screen"
import { StartingScreen } from "@/features/connection/starting-screen"
import { connection } from "@/lib/connection"
import { useStore } from "@/lib/store"

/**
 * Shows the app once there is a backend to talk to. From then on the app stays mounted whatever happens to the
 * backend, so that forms keep their text.
 */
export function BackendGate({ children }: { children: ReactNode }) {
  const state = useStore(connection)
  const wasReady = useRef(false)
  if (state.status === "ready") wasReady.current = true

  if (state.status === "locked") return <LockedScreen />
  if (wasReady.current) {
    return (
      <>
        {children}
        {state.status === "failed" && <FailureOverlay failure={state.failure} />}
        {state.status === "starting" && <Banner text="The backend is restarting…" />}
        {state.status === "stopping" && <Banner text="Closing…" />}
      </>
    )
  }
  if (state.status === "failed") {
    return (
      <main className="flex min-h-full items-center p-6">
        <div className="m-auto w-full max-w-2xl">
          <FailurePanel failure={state.failure} title="The app could not start" />
        </div>
      </main>
    )
  }
  return (
    <StartingScreen
      slow={state.status === "starting" && state.slow}
      stopping={state.status === "stopping"}
    />
  )
}

function Banner({ text }: { text: string }) {
  return (
    <div
      role="status"
      className="fixed top-4 left-1/2 z-[60] flex w-max max-w-[calc(100%-2rem)] -translate-x-1/2 items-center gap-2.5 rounded-full border bg-popover px-4 py-2 text-popover-foreground text-sm shadow-lg"
    >
      <LoaderCircle className="size-4 animate-spin text-primary" aria-hidden />
      {text}
    </div>
  )
}
