/** Where the backend is and the token that opens it. No other file knows either. */
import { isAxiosError } from "axios"
import { client } from "@/client/client.gen"
import { type BackendFailure, onBackendState, runsInShell, startBackend } from "@/lib/shell"
import { createStore } from "@/lib/store"

const TOKEN_HEADER = "X-Launch-Token"
const TOKEN_KEY = "launch_token"
/** Covers a restart of the backend, during which requests wait at its socket; then they fail. */
const REQUEST_TIMEOUT_MS = 30_000

export type Connection =
  | { status: "starting"; slow: boolean }
  | { status: "ready" }
  | { status: "failed"; failure: BackendFailure }
  | { status: "stopping" }
  /** Browser mode, and the backend doesn't accept this tab's token. */
  | { status: "locked" }

export const connection = createStore<Connection>({ status: "starting", slow: false })

let attempt: Promise<void> | undefined

/** Called once, before anything renders or reads the address bar. */
export async function connect(): Promise<void> {
  client.instance.interceptors.response.use(undefined, (error: unknown) => {
    if (isTokenRefusal(error)) refuse()
    throw error
  })
  if (!runsInShell()) {
    const openTab = () => {
      use(window.location.origin, takeToken())
      connection.set({ status: "ready" })
    }
    openTab()
    // The printed address, pasted into a tab that is already here, loads no page.
    window.addEventListener("hashchange", openTab)
    return
  }
  await onBackendState((event) => {
    if (event.state === "ready") void attemptStart()
    else if (event.state === "failed") connection.set({ status: "failed", failure: event.error })
    else if (event.state === "stopping") connection.set({ status: "stopping" })
    else connection.set({ status: "starting", slow: event.state === "slow" })
  })
  await attemptStart()
}

/** Asks the shell for a fresh attempt. */
export async function retry(): Promise<void> {
  connection.set({ status: "starting", slow: false })
  await attemptStart()
}

function attemptStart(): Promise<void> {
  attempt ??= startBackend()
    .then(
      ({ base_url, launch_token }) => {
        use(base_url, launch_token)
        connection.set({ status: "ready" })
      },
      (failure: BackendFailure) => connection.set({ status: "failed", failure }),
    )
    .finally(() => {
      attempt = undefined
    })
  return attempt
}

function use(baseURL: string, token: string | null): void {
  client.setConfig({
    baseURL,
    timeout: REQUEST_TIMEOUT_MS,
    headers: token ? { [TOKEN_HEADER]: token } : {},
  })
}

/** Moves the token from the address bar, where it could be copied or bookmarked, to this tab's storage. */
function takeToken(): string | null {
  const fragment = new URLSearchParams(window.location.hash.slice(1))
  const token = fragment.get("token")
  if (token) {
    sessionStorage.setItem(TOKEN_KEY, token)
    fragment.delete("token")
    const rest = fragment.toString()
    const { pathname, search } = window.location
    history.replaceState(history.state, "", pathname + search + (rest && `#${rest}`))
  }
  return sessionStorage.getItem(TOKEN_KEY)
}

function isTokenRefusal(error: unknown): boolean {
  return (
    isAxiosError<{ code?: string }>(error) &&
    error.response?.status === 401 &&
    error.response.data?.code === "launch_token"
  )
}

function refuse(): void {
  if (!runsInShell()) {
    connection.set({ status: "locked" })
    return
  }
  const message = "The backend was started by another launch and refused this window. Try again."
  connection.set({ status: "failed", failure: { code: "launch_token", message, log_tail: [] } })
}
