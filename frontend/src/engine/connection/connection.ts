/** Where the backend is and the token that opens it. No other file knows either. */
import { isAxiosError } from "axios"
import { client } from "@/client/client.gen"
import { followAnswers } from "@/engine/connection/monitor-backend"
import { followServer } from "@/engine/connection/monitor-server"
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
  /** Starting, and bringing the database up to date. */
  | { status: "migrating" }
  | { status: "ready" }
  /** It was lost, and the shell starts it again by itself. */
  | { status: "restarting"; attempt: number; of: number }
  /** It did not start, or was given up after a few restarts: somebody has to do something. */
  | { status: "failed" | "given_up"; failure: BackendFailure }
  | { status: "stopping" }
  /** A server, which has not been reached yet. */
  | { status: "connecting" }
  /** The server can't be used at the moment. It is asked again and again; `trying`: right now. */
  | { status: "unserved"; failure: ServerFailure; trying: boolean }
  /** The shell can't tell whose data the app is to work on. */
  | { status: "undecided"; failure: ServerFailure }
  /** Browser mode, and nothing answers any more. */
  | { status: "offline" }
  /** Browser mode, and the backend doesn't accept this tab's token. */
  | { status: "locked" }

export const connection = createStore<Connection>({ status: "starting", slow: false })

/** The address of the server whose data the app works on. Undefined for the backend it came with. */
export const server = createStore<string | undefined>(undefined)

let attempt: Promise<void> | undefined
/** Whether this page has had a backend of its own. */
let hasServed = false
let askServer = (): Promise<void> => Promise.resolve()

/**
 * Called once, before anything renders or reads the address bar. `onOwnBackend` is called when it is known that the
 * window works on the backend it came with, before that is ready.
 */
export async function connect(onOwnBackend: () => void = () => undefined): Promise<void> {
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
    followAnswers(
      () => connection.set({ status: "offline" }),
      () => connection.set({ status: "ready" }),
    )
    // The printed address, pasted into a tab that is already here, loads no page.
    window.addEventListener("hashchange", openTab)
    return
  }
  try {
    const url = await getServer()
    if (url) return await connectTo(url)
  } catch (failure) {
    connection.set({ status: "undecided", failure: failure as ServerFailure })
    return
  }
  guardRequests()
  onOwnBackend()
  await onBackendState((event) => {
    const next = statusFor(event)
    if (next) connection.set(next)
    else void attemptStart()
  })
  await attemptStart()
}

/** A server knows who somebody is by its own login alone: it never gets the token of a launch. */
async function connectTo(url: string): Promise<void> {
  server.set(url)
  use(url, null)
  connection.set({ status: "connecting" })
  askServer = followServer(url, (trouble) =>
    connection.set(trouble ? { status: "unserved", ...trouble } : { status: "ready" }),
  )
  await askServer()
}

/** A request that was not sent, because no backend of this app is known to listen. */
export class BackendUnavailableError extends Error {
  constructor() {
    super("The backend is not running, so nothing was sent. Try again once it is.")
  }
}

/** A backend is on its way. A first start that failed still holds what was asked before, until somebody retries. */
const ON_ITS_WAY = new Set<Connection["status"]>(["starting", "migrating", "restarting"])

/**
 * From now on a request is sent only while the backend is ready: its address could belong to another program by then,
 * which would get the launch token. While one is on its way the request waits, else it fails. Returns how to stop.
 */
export function guardRequests(): () => void {
  const { request: interceptors } = client.instance.interceptors
  const guard = interceptors.use(async (request) => {
    if (connection.get().status === "ready") return request
    await untilReady()
    const { baseURL, headers, timeout } = client.getConfig()
    // Its address may be another one now.
    const { pathname, search } = new URL(request.url ?? "", window.location.origin)
    request.url = new URL(pathname + search, baseURL).href
    request.headers.set(headers as Record<string, string>)
    request.timeout = timeout
    return request
  })
  return () => interceptors.eject(guard)
}

/** Once a backend has served, the next one is waited for as long as a request may take; before, for as long as it starts. */
function untilReady(): Promise<void> {
  return new Promise((resolve, reject) => {
    const fail = () => settle(() => reject(new BackendUnavailableError()))
    if (!ON_ITS_WAY.has(connection.get().status)) return reject(new BackendUnavailableError())
    const timer = hasServed ? setTimeout(fail, REQUEST_TIMEOUT_MS) : undefined
    const stop = connection.subscribe(() => {
      const { status } = connection.get()
      if (status === "ready") settle(resolve)
      else if (!ON_ITS_WAY.has(status) && (hasServed || status !== "failed")) fail()
    })
    function settle(how: () => void) {
      clearTimeout(timer)
      stop()
      how()
    }
  })
}

/** Asks the server at once, instead of after the pause. */
export const tryServer = (): Promise<void> => askServer()

/** Undefined for a backend that is ready: its address has to be asked for first. */
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

/** Asks the shell for a fresh attempt. */
export const retry = (): Promise<void> => begin(startBackend)

/** The same on any port, for as long as the app is open. */
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
        // The state that was told knows more than the answer: whether it was given up.
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
