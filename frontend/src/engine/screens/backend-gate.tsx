import { LoaderCircle } from "lucide-react"
import { lazy, type ReactNode, Suspense, useRef } from "react"
import { type ConnectionState, connection } from "@/engine/connection/connection"
import { isShownAsBanner } from "@/engine/connection/connection-states"
import { hasPersistedQueries } from "@/engine/connection/persisted-queries"
import { useStore } from "@/engine/lib/store"
import { ConnectionLostBanner } from "@/engine/screens/connection-lost-banner"
import { StartingScreen } from "@/engine/screens/starting-screen"
import { UnauthorizedScreen } from "@/engine/screens/unauthorized-screen"
import { ConnectingScreen } from "@/engine/server/connecting-screen"

// Lazy, because most starts never show them. In the window their chunks load without the backend.
const FailureOverlay = lazy(() => import("@/engine/screens/failure-overlay"))
const FailurePanel = lazy(() => import("@/engine/screens/failure-panel"))
const ServerOverlay = lazy(() => import("@/engine/server/server-overlay"))
const ServerPanel = lazy(() => import("@/engine/server/server-panel"))
const ChoiceUnreadablePanel = lazy(() =>
  import("@/engine/server/server-panel").then(({ ChoiceUnreadablePanel }) => ({
    default: ChoiceUnreadablePanel,
  })),
)
const ServerLostBanner = lazy(() => import("@/engine/server/server-lost-banner"))

/**
 * Renders the app when the backend is ready, or earlier if persisted queries suffice. Afterwards the app stays mounted
 * in every state except `unauthorized`, so that forms retain their text; banners and overlays report the state.
 */
export function BackendGate({ children }: { children: ReactNode }) {
  const state = useStore(connection)
  const hasPersisted = useStore(hasPersistedQueries)
  const wasReady = useRef(false)
  const wasShown = useRef(false)
  const isStarting = state.status === "starting" || state.status === "migrating"
  if (state.status === "ready") wasReady.current = true
  if (wasReady.current || (hasPersisted && isStarting)) wasShown.current = true

  const unavailable = state.status === "server_unavailable" ? state : undefined
  const isTransient = isShownAsBanner(unavailable?.failure.code)

  if (state.status === "unauthorized") return <UnauthorizedScreen />
  if (wasShown.current) {
    return (
      <>
        <div className="flex h-full flex-col">
          {state.status === "offline" && <OfflineBanner />}
          <Suspense>
            {unavailable && isTransient && (
              <ServerLostBanner failure={unavailable.failure} retrying={unavailable.retrying} />
            )}
          </Suspense>
          <div className="min-h-0 flex-1" aria-busy={!wasReady.current}>
            {children}
          </div>
        </div>
        <Suspense>
          {hasFailed(state) && (
            <FailureOverlay {...state} title={titleOf(state, wasReady.current)} />
          )}
          {unavailable && !isTransient && (
            <ServerOverlay failure={unavailable.failure} retrying={unavailable.retrying} />
          )}
        </Suspense>
        {isStarting &&
          (wasReady.current ? <Banner text="Restarting…" /> : <StartingBanner {...state} />)}
        {state.status === "restarting" && (
          <Banner
            text={`Something went wrong. Restarting (attempt ${state.attempt} of ${state.of})…`}
          />
        )}
        {state.status === "stopping" && <Banner text="Closing…" />}
      </>
    )
  }
  if (hasFailed(state)) {
    return (
      <FullScreen>
        <FailurePanel {...state} title={titleOf(state, false)} />
      </FullScreen>
    )
  }
  if (unavailable) {
    return (
      <FullScreen>
        <ServerPanel failure={unavailable.failure} retrying={unavailable.retrying} />
      </FullScreen>
    )
  }
  if (state.status === "choice_unreadable") {
    return (
      <FullScreen>
        <ChoiceUnreadablePanel failure={state.failure} />
      </FullScreen>
    )
  }
  if (state.status === "connecting") return <ConnectingScreen />
  return (
    <StartingScreen
      slow={state.status === "starting" && state.slow}
      migrating={state.status === "migrating"}
      stopping={state.status === "stopping"}
    />
  )
}

type Failed = Extract<ConnectionState, { status: "failed" | "restart_failed" }>

const hasFailed = (state: ConnectionState): state is Failed =>
  state.status === "failed" || state.status === "restart_failed"

function titleOf({ status }: Failed, wasReady: boolean): string {
  if (!wasReady) return "The app could not start"
  return status === "restart_failed" ? "The app keeps stopping" : "The app stopped working"
}

function FullScreen({ children }: { children: ReactNode }) {
  return (
    <main className="flex min-h-full items-center p-6">
      <div className="m-auto w-full max-w-2xl">
        <Suspense>{children}</Suspense>
      </div>
    </main>
  )
}

function OfflineBanner() {
  return (
    <ConnectionLostBanner
      title="The backend is not responding"
      description="You can't load or save anything until it responds. If you started it on this computer and it has stopped, start it again and open the address it prints."
    />
  )
}

/** Renders nothing while the start is fast: the page is already visible. */
function StartingBanner(state: Extract<ConnectionState, { status: "starting" | "migrating" }>) {
  if (state.status === "migrating") return <Banner text="Updating your data…" />
  return state.slow && <Banner text="Starting is taking longer than usual…" />
}

function Banner({ text }: { text: string }) {
  return (
    <div
      role="status"
      className="fixed top-2 left-1/2 z-[60] flex w-max max-w-[calc(100%-2rem)] -translate-x-1/2 items-center gap-2.5 rounded-full border bg-popover px-4 py-1.5 text-popover-foreground text-sm shadow-lg"
    >
      <LoaderCircle className="size-4 animate-spin text-primary" aria-hidden />
      {text}
    </div>
  )
}
