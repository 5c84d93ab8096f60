/** The backend's address and launch token. No other file knows either. */
import { isAxiosError } from "axios"
import { client } from "@/client/client.gen"
import { monitorBackend } from "@/engine/connection/monitor-backend"
import { monitorServer } from "@/engine/connection/monitor-server"
import { createStore } from "@/engine/lib/store"
import {
  type BackendFailure,
  type BackendState,
  getServer,
  onBackendState,
  runsInShell,
  type ServerFailure,
  startBackend,
  startOnAnotherPort,
} from "@/engine/shell"

const TOKEN_HEADER = "X-Launch-Token"
const TOKEN_KEY = "launch_token"
/** Covers a restart of the backend, during which requests wait at its socket; then they fail. */
const REQUEST_TIMEOUT_MS = 30_000

export type Connection =
  | { status: "starting"; slow: boolean }
  /** Starting, and running database migrations. */
  | { status: "migrating" }
  | { status: "ready" }
  /** It exited, and the shell restarts it. */
  | { status: "restarting"; attempt: number; of: number }
  /** It did not start, or the restart budget is exhausted: the user must act. */
  | { status: "failed" | "given_up"; failure: BackendFailure }
  | { status: "stopping" }
  /** Server mode: before the first successful probe. */
  | { status: "connecting" }
  /** Server mode: the server is unusable and probed repeatedly; `retrying`: a probe is running. */
  | { status: "server_unavailable"; failure: ServerFailure; retrying: boolean }
  /** The stored server choice cannot be read. */
  | { status: "choice_unreadable"; failure: ServerFailure }
  /** Browser mode: the backend does not respond. */
  | { status: "offline" }
  /** Browser mode: the backend rejects this tab's launch token. */
  | { status: "unauthorized" }

export const connection = createStore<Connection>({ status: "starting", slow: false })

/** The URL of the remote server; undefined while the app uses its own backend. */
export const server = createStore<string | undefined>(undefined)

let attempt: Promise<void> | undefined
/** Whether this page ever had a ready backend. */
let hasServed = false
let probe = (): Promise<void> => Promise.resolve()

/**
 * Call once, before anything renders or reads the address bar. Calls `onOwnBackend` when the window is known to use
 * its own backend, before that is ready.
 */
export async function connect(onOwnBackend: () => void = () => undefined): Promise<void> {
  client.instance.interceptors.response.use(undefined, (error: unknown) => {
    if (isTokenRejected(error)) reject()
    throw error
  })
  if (!runsInShell()) {
    const openTab = () => {
      use(window.location.origin, takeToken())
      connection.set({ status: "ready" })
    }
    openTab()
    monitorBackend(
      () => connection.set({ status: "offline" }),
      () => connection.set({ status: "ready" }),
    )
    // Pasting the printed URL into an open tab changes only the fragment and loads no page.
    window.addEventListener("hashchange", openTab)
    return
  }
  try {
    const url = await getServer()
    if (url) return await connectTo(url)
  } catch (failure) {
    connection.set({ status: "choice_unreadable", failure: failure as ServerFailure })
    return
  }
  pauseRequests()
  onOwnBackend()
  await onBackendState((event) => {
    const next = statusFor(event)
    if (next) connection.set(next)
    else void attemptStart()
  })
  await attemptStart()
}

/** A remote server authenticates by login only and never receives a launch token. */
async function connectTo(url: string): Promise<void> {
  server.set(url)
  use(url, null)
  connection.set({ status: "connecting" })
  probe = monitorServer(url, (trouble) =>
    connection.set(trouble ? { status: "server_unavailable", ...trouble } : { status: "ready" }),
  )
  await probe()
}

/** A request was not sent because the backend is not ready. */
export class BackendUnavailableError extends Error {
  constructor() {
    super("The backend is not running, so nothing was sent. Try again once it is.")
  }
}

/** States in which a request waits. A failed first start also holds earlier requests until the user retries. */
const STARTING_STATES = new Set<Connection["status"]>(["starting", "migrating", "restarting"])

/**
 * Sends requests only while the backend is ready: otherwise its address could belong to another program, which would
 * receive the launch token. Requests wait while the backend starts and fail in other states. Returns a function that
 * stops it.
 */
export function pauseRequests(): () => void {
  const { request: interceptors } = client.instance.interceptors
  const guard = interceptors.use(async (request) => {
    if (connection.get().status === "ready") return request
    await untilReady()
    const { baseURL, headers, timeout } = client.getConfig()
    // The address may have changed.
    const { pathname, search } = new URL(request.url ?? "", window.location.origin)
    request.url = new URL(pathname + search, baseURL).href
    request.headers.set(headers as Record<string, string>)
    request.timeout = timeout
    return request
  })
  return () => interceptors.eject(guard)
}

/** Waits without limit for the first start, and up to REQUEST_TIMEOUT_MS for a restart. */
function untilReady(): Promise<void> {
  return new Promise((resolve, reject) => {
    const fail = () => settle(() => reject(new BackendUnavailableError()))
    if (!STARTING_STATES.has(connection.get().status)) return reject(new BackendUnavailableError())
    const timer = hasServed ? setTimeout(fail, REQUEST_TIMEOUT_MS) : undefined
    const stop = connection.subscribe(() => {
      const { status } = connection.get()
      if (status === "ready") settle(resolve)
      else if (!STARTING_STATES.has(status) && (hasServed || status !== "failed")) fail()
    })
    function settle(how: () => void) {
      clearTimeout(timer)
      stop()
      how()
    }
  })
}

/** Probes the server at once, without waiting for the backoff. */
export const probeServer = (): Promise<void> => probe()

/** Undefined for a ready backend: its address must be requested first. */
function statusFor(event: BackendState): Connection | undefined {
  switch (event.state) {
    case "ready":
      return undefined
    case "restarting":
      return { status: "restarting", attempt: event.attempt, of: event.of }
    case "failed":
    case "given_up":
      return { status: event.state, failure: event.error }
    case "migrating":
      return { status: "migrating" }
    case "stopping":
    case "stopped":
      return { status: "stopping" }
    default:
      return { status: "starting", slow: event.state === "slow" }
  }
}

/** Requests a new start from the shell. */
export const retry = (): Promise<void> => begin(startBackend)

/** The same on an ephemeral port, until the app exits. */
export const retryOnAnotherPort = (): Promise<void> => begin(startOnAnotherPort)

async function begin(start: typeof startBackend): Promise<void> {
  connection.set({ status: "starting", slow: false })
  await attemptStart(start)
}

function attemptStart(start = startBackend): Promise<void> {
  attempt ??= start()
    .then(
      ({ base_url, launch_token }) => {
        use(base_url, launch_token)
        hasServed = true
        connection.set({ status: "ready" })
      },
      (failure: BackendFailure) => {
        // The state event has more detail than the response: it says whether the shell gave up.
        if (connection.get().status !== "given_up") connection.set({ status: "failed", failure })
      },
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

/** Moves the token from the address bar, where it could be copied or bookmarked, to sessionStorage. */
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

function isTokenRejected(error: unknown): boolean {
  return (
    isAxiosError<{ code?: string }>(error) &&
    error.response?.status === 401 &&
    error.response.data?.code === "launch_token"
  )
}

function reject(): void {
  if (!runsInShell()) {
    connection.set({ status: "unauthorized" })
    return
  }
  const message = "The backend was started by another launch and refused this window. Try again."
  connection.set({ status: "failed", failure: { code: "launch_token", message, log_tail: [] } })
}
