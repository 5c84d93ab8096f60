/** Server mode: whether the remote server is usable, and when to probe it again. */
import { isAxiosError, isCancel } from "axios"
import { client } from "@/client/client.gen"
import { utilsReadAbout } from "@/client/sdk.gen"
import { checkServer, ServerFailure } from "@/engine/shell"

const INITIAL_BACKOFF_MS = 1_000
const MAX_BACKOFF_MS = 30_000
/** Jitter, as a fraction of the backoff: the clients of a server do not reconnect simultaneously. */
const JITTER = 0.25
/** On focus, a probe older than this is repeated: the server may have been upgraded. */
const PROBE_TTL_MS = 5 * 60_000
const PROBE_TIMEOUT_MS = 15_000
/** Response statuses that suggest that the server, or the proxy in front of it, is unavailable. */
const GATEWAY_ERRORS = new Set([502, 503, 504])

export interface ServerProblem {
  failure: ServerFailure
  /** Whether a probe is running. */
  retrying: boolean
}

/**
 * Call once. Calls `onChange` with a failure while the server at `url` is unusable, and with undefined when it becomes
 * usable, which includes the first success. Returns a function that probes immediately.
 */
export function monitorServer(
  url: string,
  onChange: (problem: ServerProblem | undefined) => void,
): () => Promise<void> {
  let probing: Promise<void> | undefined
  let failure: ServerFailure | undefined
  let wasUsable = false
  let failures = 0
  let probedAt = 0
  let timer: ReturnType<typeof setTimeout> | undefined

  async function run() {
    clearTimeout(timer)
    if (failure) onChange({ failure, retrying: true })
    const found = await diagnose(url)
    probedAt = Date.now()
    if (found) {
      failure = found
      onChange({ failure, retrying: false })
      timer = setTimeout(probe, backoff(failures++))
      return
    }
    const changed = failure || !wasUsable
    failure = undefined
    wasUsable = true
    failures = 0
    if (changed) onChange(undefined)
  }

  function probe(): Promise<void> {
    probing ??= run().finally(() => {
      probing = undefined
    })
    return probing
  }

  client.instance.interceptors.response.use(undefined, (error: unknown) => {
    if (isUnavailable(error)) void probe()
    throw error
  })
  const onFocus = () => {
    if (failure || Date.now() - probedAt > PROBE_TTL_MS) void probe()
  }
  window.addEventListener("focus", onFocus)
  window.addEventListener("online", () => void probe())
  window.addEventListener("offline", () => void probe())
  return probe
}

/**
 * Why the server is unusable; undefined if it is usable. The shell's check has the reasons; only a request from this
 * page proves that the webview reaches the server.
 */
async function diagnose(url: string): Promise<ServerFailure | undefined> {
  const [checked, requested] = await Promise.allSettled([
    checkServer(url),
    utilsReadAbout({ timeout: PROBE_TIMEOUT_MS }),
  ])
  if (checked.status === "rejected") return checked.reason
  if (requested.status === "rejected" && isUnavailable(requested.reason)) {
    return new ServerFailure(
      "window_blocked",
      `${url} responds, but not to this window. A proxy or an antivirus program may block it. Try again, or ask your administrator.`,
    )
  }
  return undefined
}

/** Milliseconds until the next probe: exponential with jitter. */
function backoff(failures: number): number {
  const pause = Math.min(INITIAL_BACKOFF_MS * 2 ** failures, MAX_BACKOFF_MS)
  return pause * (1 + JITTER * (2 * Math.random() - 1))
}

function isUnavailable(error: unknown): boolean {
  if (!isAxiosError(error) || isCancel(error)) return false
  return !error.response || GATEWAY_ERRORS.has(error.response.status)
}
