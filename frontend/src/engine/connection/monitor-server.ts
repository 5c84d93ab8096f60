/** A server in place of the backend of this computer: whether it can be used, and when it is asked again. */
import { isAxiosError, isCancel } from "axios"
import { client } from "@/client/client.gen"
import { utilsReadAbout } from "@/client/sdk.gen"
import { checkServer, ServerFailure } from "@/engine/shell"

const FIRST_PAUSE_MS = 1_000
const LONGEST_PAUSE_MS = 30_000
/** Many clients that lost one server at once must not come back at once. */
const SPREAD = 0.25
/** Whoever comes back to the window after so long may find another version of the server. */
const TRUSTED_FOR_MS = 5 * 60_000
const ANSWER_WITHIN_MS = 15_000
/** A server, or the proxy in front of it, that can't work on anything. */
const OUT_OF_ORDER = new Set([502, 503, 504])

export interface Trouble {
  failure: ServerFailure
  /** Whether the server is being asked right now. */
  trying: boolean
}

/**
 * Called once. Tells of trouble with the server at `url`, and of its end (undefined), which is first told when it has
 * answered for the first time. Returns how to ask it at once.
 */
export function followServer(
  url: string,
  tell: (trouble: Trouble | undefined) => void,
): () => Promise<void> {
  let asking: Promise<void> | undefined
  let failure: ServerFailure | undefined
  let hasServed = false
  let failures = 0
  let askedAt = 0
  let timer: ReturnType<typeof setTimeout> | undefined

  async function ask() {
    clearTimeout(timer)
    if (failure) tell({ failure, trying: true })
    const found = await whatIsWrong(url)
    askedAt = Date.now()
    if (found) {
      failure = found
      tell({ failure, trying: false })
      timer = setTimeout(askOnce, pauseAfter(failures++))
      return
    }
    const isNews = failure || !hasServed
    failure = undefined
    hasServed = true
    failures = 0
    if (isNews) tell(undefined)
  }

  function askOnce(): Promise<void> {
    asking ??= ask().finally(() => {
      asking = undefined
    })
    return asking
  }

  client.instance.interceptors.response.use(undefined, (error: unknown) => {
    if (isNoAnswer(error)) void askOnce()
    throw error
  })
  const onReturn = () => {
    if (failure || Date.now() - askedAt > TRUSTED_FOR_MS) void askOnce()
  }
  window.addEventListener("focus", onReturn)
  window.addEventListener("online", () => void askOnce())
  window.addEventListener("offline", () => void askOnce())
  return askOnce
}

/** The shell knows why a server can't be used; that this page reaches it, only a request of the page's own tells. */
async function whatIsWrong(url: string): Promise<ServerFailure | undefined> {
  const [checked, asked] = await Promise.allSettled([
    checkServer(url),
    utilsReadAbout({ timeout: ANSWER_WITHIN_MS }),
  ])
  if (checked.status === "rejected") return checked.reason
  if (asked.status === "rejected" && isNoAnswer(asked.reason)) {
    return new ServerFailure(
      "window_blocked",
      `${url} answers, but not to this window. A proxy or a virus scanner may stand between them. Try again, or ask whoever looks after this computer.`,
    )
  }
  return undefined
}

function pauseAfter(failures: number): number {
  const pause = Math.min(FIRST_PAUSE_MS * 2 ** failures, LONGEST_PAUSE_MS)
  return pause * (1 + SPREAD * (2 * Math.random() - 1))
}

function isNoAnswer(error: unknown): boolean {
  if (!isAxiosError(error) || isCancel(error)) return false
  return !error.response || OUT_OF_ORDER.has(error.response.status)
}
