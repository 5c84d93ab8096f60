import { LoaderCircle, Unplug } from "lucide-react"
import { lazy, type ReactNode, Suspense, useRef } from "react"
import { LockedScreen } from "@/features/connection/locked-screen"
import { StartingScreen } from "@/features/connection/starting-screen"
import { type Connection, connection } from "@/lib/connection"
import { useStore } from "@/lib/store"

// In a chunk of its own: most starts never need it, and the shell's files are at hand without the backend.
const FailureOverlay = lazy(() => import("@/features/connection/failure-overlay"))
const FailurePanel = lazy(() => import("@/features/connection/failure-panel"))

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
        <div className="flex h-full flex-col">
          {state.status === "offline" && <OfflineBar />}
          <div className="min-h-0 flex-1">{children}</div>
        </div>
        <Suspense>{hasFailed(state) && <FailureOverlay {...state} />}</Suspense>
        {(state.status === "starting" || state.status === "migrating") && (
          <Banner text="The backend is restarting…" />
        )}
        {state.status === "restarting" && (
          <Banner
            text={`The backend stopped. Restarting, attempt ${state.attempt} of ${state.of}…`}
          />
        )}
        {state.status === "stopping" && <Banner text="Closing…" />}
      </>
    )
  }
  if (hasFailed(state)) {
    return (
      <main className="flex min-h-full items-center p-6">
        <div className="m-auto w-full max-w-2xl">
          <Suspense>
            <FailurePanel {...state} title="The app could not start" />
          </Suspense>
        </div>
      </main>
    )
  }
  return (
    <StartingScreen
      slow={state.status === "starting" && state.slow}
      migrating={state.status === "migrating"}
      stopping={state.status === "stopping"}
    />
  )
}

type Failed = Extract<Connection, { status: "failed" | "given_up" }>

const hasFailed = (state: Connection): state is Failed =>
  state.status === "failed" || state.status === "given_up"

/** Above a page that can still be read and typed into, and above its dialogs. */
function OfflineBar() {
  return (
    <div
      role="alert"
      className="relative z-[60] flex gap-3 border-b bg-popover px-4 py-3 text-popover-foreground text-sm shadow-sm"
    >
      <Unplug className="mt-0.5 size-4 shrink-0 text-danger-text" aria-hidden />
      <div className="grid gap-0.5">
        <p className="font-medium">The backend does not answer</p>
        <p className="text-muted-foreground">
          Nothing can be loaded or saved. If it was stopped, start it again where you started it and
          open the address that it prints.
        </p>
      </div>
    </div>
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
