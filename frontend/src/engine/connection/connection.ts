/** State of the connection. Only this module reads the launch token and sets the API client's base URL. */
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
/** Long enough for a restart of the backend: requests wait in the socket's backlog until the new process accepts them. */
const REQUEST_TIMEOUT_MS = 30_000

export type ConnectionState =
  | { status: "starting"; slow: boolean }
  /** Starting, and running database migrations. */
  | { status: "migrating" }
  | { status: "ready" }
  /** The backend exited, and the shell restarts it. */
  | { status: "restarting"; attempt: number; of: number }
  /** The start failed, or the restart budget is exhausted: the user must act. */
  | { status: "failed" | "restart_failed"; failure: BackendFailure }
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

export const connection = createStore<ConnectionState>({ status: "starting", slow: false })

/** The URL of the remote server; undefined while the app uses the local backend. */
export const serverUrl = createStore<string | undefined>(undefined)

let startAttempt: Promise<void> | undefined
/** Whether this page ever had a ready backend. */
let wasReady = false
let probe = (): Promise<void> => Promise.resolve()

/**
 * Call once; in a browser before anything renders or reads the address bar. Calls `onLocalBackend` when the window is known to use
 * its local backend rather than a server, before that backend is ready.
 */
export async function connect(onLocalBackend: () => void = () => undefined): Promise<void> {
  client.instance.interceptors.response.use(undefined, (error: unknown) => {
    if (isTokenRejected(error)) onTokenRejected()
    throw error
  })
  if (!runsInShell()) {
    const openTab = () => {
      configureClient(window.location.origin, extractToken())
      connection.set({ status: "ready" })
    }
    openTab()
    monitorBackend(
      () => connection.set({ status: "offline" }),
      () => connection.set({ status: "ready" }),
    )
    // Pasting the printed URL into an open tab changes only the fragment and loads no page.
    window.addEventListener("hashchange", () => {
      if (fragmentParams().has("token")) openTab()
    })
    return
  }
  try {
    const url = await getServer()
    if (url) return await connectToServer(url)
  } catch (failure) {
    connection.set({ status: "choice_unreadable", failure: failure as ServerFailure })
    return
  }
  holdRequestsUntilReady()
  onLocalBackend()
  await onBackendState((event) => {
    const next = toConnection(event)
    if (next) connection.set(next)
    else void attemptStart()
  })
  await attemptStart()
}

/** A remote server authenticates by login only and never receives a launch token. */
async function connectToServer(url: string): Promise<void> {
  serverUrl.set(url)
  configureClient(url, null)
  connection.set({ status: "connecting" })
  probe = monitorServer(url, (problem) =>
    connection.set(problem ? { status: "server_unavailable", ...problem } : { status: "ready" }),
  )
  await probe()
}

/** A request was not sent because the backend is not ready. */
export class BackendUnavailableError extends Error {
  constructor() {
    super("The backend is not running, so nothing was sent. Try again when it is running.")
  }
}

/** States in which requests wait. A request that waits for the first successful start keeps waiting if a start fails. */
const STARTING_STATES = new Set<ConnectionState["status"]>(["starting", "migrating", "restarting"])

/**
 * Sends requests only while the backend is ready: otherwise its address could belong to another program, which would
 * receive the launch token. Requests wait while the backend starts and fail in other states. Returns a function that
 * stops it.
 */
export function holdRequestsUntilReady(): () => void {
  const { request: interceptors } = client.instance.interceptors
  const guard = interceptors.use(async (request) => {
    if (connection.get().status === "ready") return request
    await untilReady()
    const { baseURL, headers, timeout } = client.getConfig()
    // The restarted backend may have another address.
    const { pathname, search } = new URL(request.url ?? "", window.location.origin)
    request.url = new URL(pathname + search, baseURL).href
    request.headers.set(headers as Record<string, string>)
    request.timeout ||= timeout
    return request
  })
  return () => interceptors.eject(guard)
}

/** Resolves when the backend is ready: waits indefinitely for the first start, up to REQUEST_TIMEOUT_MS for a restart. */
function untilReady(): Promise<void> {
  return new Promise((resolve, reject) => {
    const fail = () => settle(() => reject(new BackendUnavailableError()))
    if (!STARTING_STATES.has(connection.get().status)) return reject(new BackendUnavailableError())
    const timer = wasReady ? setTimeout(fail, REQUEST_TIMEOUT_MS) : undefined
    const stop = connection.subscribe(() => {
      const { status } = connection.get()
      if (status === "ready") settle(resolve)
      else if (!STARTING_STATES.has(status) && (wasReady || status !== "failed")) fail()
    })
    function settle(callback: () => void) {
      clearTimeout(timer)
      stop()
      callback()
    }
  })
}

/** Probes the server immediately, without waiting for the backoff. */
export const probeServer = (): Promise<void> => probe()

/** Undefined for "ready": the backend's address must be requested first. */
function toConnection(event: BackendState): ConnectionState | undefined {
  switch (event.state) {
    case "ready":
      return undefined
    case "restarting":
      return { status: "restarting", attempt: event.attempt, of: event.of }
    case "failed":
    case "restart_failed":
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
export const retry = (): Promise<void> => restart(startBackend)

/** Like `retry`, on an ephemeral port until the app exits or the configured port changes. */
export const retryOnAnotherPort = (): Promise<void> => restart(startOnAnotherPort)

async function restart(start: typeof startBackend): Promise<void> {
  connection.set({ status: "starting", slow: false })
  await attemptStart(start)
}

function attemptStart(start = startBackend): Promise<void> {
  startAttempt ??= start()
    .then(
      ({ base_url, launch_token }) => {
        configureClient(base_url, launch_token)
        wasReady = true
        connection.set({ status: "ready" })
      },
      (failure: BackendFailure) => {
        // The event has more detail than the response: whether the restart budget is exhausted.
        if (connection.get().status !== "restart_failed")
          connection.set({ status: "failed", failure })
      },
    )
    .finally(() => {
      startAttempt = undefined
    })
  return startAttempt
}

function configureClient(baseURL: string, token: string | null): void {
  client.setConfig({
    baseURL,
    timeout: REQUEST_TIMEOUT_MS,
    headers: token ? { [TOKEN_HEADER]: token } : {},
  })
}

const fragmentParams = () => new URLSearchParams(window.location.hash.slice(1))

/** Moves the token from the address bar, where it could be copied or bookmarked, to sessionStorage. */
function extractToken(): string | null {
  const fragment = fragmentParams()
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

function onTokenRejected(): void {
  if (!runsInShell()) {
    connection.set({ status: "unauthorized" })
    return
  }
  const message =
    "The backend belongs to another launch of the app and rejected this window. Try again."
  connection.set({ status: "failed", failure: { code: "launch_token", message, log_tail: [] } })
}
