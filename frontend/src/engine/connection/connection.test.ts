import { AxiosError } from "axios"
import { afterEach, beforeEach, describe, expect, onTestFinished, test, vi } from "vitest"
import type { BackendState } from "@/engine/shell"

const shell = vi.hoisted(() => ({
  runsInShell: vi.fn(),
  startBackend: vi.fn(),
  startOnAnotherPort: vi.fn(),
  getServer: vi.fn(),
  checkServer: vi.fn(),
  onBackendState: vi.fn(),
}))
class ServerFailure extends Error {
  readonly code: string

  constructor(code: string, message = code) {
    super(message)
    this.code = code
  }
}
vi.mock("@/engine/shell", () => ({ ...shell, ServerFailure }))

const networkError = () => Promise.reject(new AxiosError("Network Error", "ERR_NETWORK"))

/** Imports all modules again, as a page load does. */
async function loadPage() {
  vi.resetModules()
  const { fakeBackend } = await import("@/engine/test/fake-backend")
  const { connect, connection, holdRequestsUntilReady, retry, probeServer } = await import(
    "@/engine/connection/connection"
  )
  const { client } = await import("@/client/client.gen")
  const { utilsHealthCheck } = await import("@/client/sdk.gen")
  return {
    fakeBackend,
    connect,
    connection,
    holdRequestsUntilReady,
    retry,
    probeServer,
    client,
    sendRequest: utilsHealthCheck,
  }
}

describe("in a browser", () => {
  beforeEach(() => {
    shell.runsInShell.mockReturnValue(false)
    const listen = vi.spyOn(window, "addEventListener")
    // A page load drops the listeners of the previous page.
    onTestFinished(() => {
      for (const [type, listener] of listen.mock.calls) window.removeEventListener(type, listener)
      listen.mockRestore()
    })
  })

  test("the token moves from the address bar to sessionStorage and into every request", async () => {
    history.replaceState(null, "", "/admin?page=2#token=abc")
    const page = await loadPage()
    await page.connect()
    const requests = page.fakeBackend(() => ({ data: true }))
    await page.sendRequest()

    expect(window.location.href).toBe("http://localhost:3000/admin?page=2")
    expect(sessionStorage.getItem("launch_token")).toBe("abc")
    expect(localStorage.length).toBe(0)
    expect(requests[0]?.header("X-Launch-Token")).toBe("abc")
    expect(page.connection.get()).toEqual({ status: "ready" })
  })

  test("pasting the printed URL into an unauthorized tab makes the tab ready", async () => {
    const page = await loadPage()
    await page.connect()
    page.connection.set({ status: "unauthorized" })
    history.replaceState(null, "", "/#token=fresh")
    window.dispatchEvent(new HashChangeEvent("hashchange"))
    const requests = page.fakeBackend(() => ({ data: true }))
    await page.sendRequest()

    expect(window.location.href).toBe("http://localhost:3000/")
    expect(requests[0]?.header("X-Launch-Token")).toBe("fresh")
    expect(page.connection.get()).toEqual({ status: "ready" })
  })

  test("a link within the page does not end the state offline", async () => {
    const page = await loadPage()
    await page.connect()
    page.connection.set({ status: "offline" })
    history.replaceState(null, "", "/#content")
    window.dispatchEvent(new HashChangeEvent("hashchange"))
    expect(page.connection.get()).toEqual({ status: "offline" })
  })

  test("requests go to the page's origin", async () => {
    const page = await loadPage()
    await page.connect()
    expect(page.client.getConfig().baseURL).toBe(window.location.origin)
  })

  test("a reload preserves the token", async () => {
    history.replaceState(null, "", "/#token=abc")
    await (await loadPage()).connect()
    const reloaded = await loadPage()
    await reloaded.connect()
    const requests = reloaded.fakeBackend(() => ({ data: true }))
    await reloaded.sendRequest()
    expect(requests[0]?.header("X-Launch-Token")).toBe("abc")
  })

  test("a newer token replaces the token of an earlier launch", async () => {
    sessionStorage.setItem("launch_token", "old")
    history.replaceState(null, "", "/#token=new")
    const page = await loadPage()
    await page.connect()
    const requests = page.fakeBackend(() => ({ data: true }))
    await page.sendRequest()
    expect(requests[0]?.header("X-Launch-Token")).toBe("new")
  })

  test("a fragment without a token is preserved", async () => {
    history.replaceState(null, "", "/#content")
    await (await loadPage()).connect()
    expect(window.location.hash).toBe("#content")
  })

  test("a rejected launch token makes the page unauthorized, another 401 does not", async () => {
    const page = await loadPage()
    await page.connect()
    page.fakeBackend(() => ({ status: 401, data: { detail: "Not authenticated" } }))
    await expect(page.sendRequest()).rejects.toThrow()
    expect(page.connection.get().status).toBe("ready")

    page.fakeBackend(() => ({ status: 401, data: { detail: "No", code: "launch_token" } }))
    await expect(page.sendRequest()).rejects.toThrow()
    expect(page.connection.get().status).toBe("unauthorized")
  })
})

describe("in the app's window", () => {
  const address = {
    base_url: "http://127.0.0.1:40123",
    launch_token: "secret",
    allowed_by_csp: true,
  }
  const failure = {
    code: "exited_unexpectedly",
    message: "It exited. Try again.",
    log_tail: ["last words"],
  }
  let emit: (state: BackendState) => void

  beforeEach(() => {
    shell.runsInShell.mockReturnValue(true)
    shell.getServer.mockResolvedValue(null)
    shell.startBackend.mockResolvedValue(address)
    shell.onBackendState.mockImplementation(async (handler) => {
      emit = handler
    })
  })

  test("the shell provides the backend's address and launch token", async () => {
    const page = await loadPage()
    const connecting = page.connect()
    expect(page.connection.get()).toEqual({ status: "starting", slow: false })
    await connecting
    const config = page.client.getConfig()
    expect(config.baseURL).toBe(address.base_url)
    expect(config.headers).toMatchObject({ "X-Launch-Token": "secret" })
    expect(page.connection.get()).toEqual({ status: "ready" })
    expect(sessionStorage.length).toBe(0)
  })

  test("requests before the first start wait, also after a failed start, and then go to the backend", async () => {
    shell.startBackend.mockRejectedValueOnce(failure)
    const page = await loadPage()
    const requests = page.fakeBackend(() => ({ data: true }))
    page.client.setConfig({ baseURL: undefined })
    page.holdRequestsUntilReady()
    const pending = page.sendRequest()
    await page.connect()
    expect(page.connection.get().status).toBe("failed")
    expect(requests).toEqual([])
    await page.retry()
    await pending
    await page.sendRequest()
    for (const { url, timeout, header } of requests) {
      expect(url).toBe(`${address.base_url}/api/v1/utils/health-check/`)
      expect(timeout).toBe(30_000)
      expect(header("X-Launch-Token")).toBe("secret")
    }
    expect(requests).toHaveLength(2)
  })

  test("a request that waits for the backend keeps its own timeout", async () => {
    const page = await loadPage()
    const requests = page.fakeBackend(() => ({ data: true }))
    page.holdRequestsUntilReady()
    const pending = page.sendRequest({ timeout: 600_000 })
    await page.connect()
    await pending
    expect(requests.map(({ timeout }) => timeout)).toEqual([600_000])
  })

  test("a request during a restart goes to the new address with the new token", async () => {
    const page = await loadPage()
    await page.connect()
    const requests = page.fakeBackend(() => ({ data: true }))
    page.client.setConfig({ baseURL: address.base_url })
    emit({ state: "restarting", attempt: 1, of: 3, error: failure })
    const pending = page.sendRequest()
    await Promise.resolve()
    expect(requests).toEqual([])
    const next = { ...address, base_url: "http://127.0.0.1:2", launch_token: "fresh" }
    shell.startBackend.mockResolvedValue(next)
    emit({ state: "ready" })
    await pending
    expect(requests[0]?.url).toBe("http://127.0.0.1:2/api/v1/utils/health-check/")
    expect(requests[0]?.header("X-Launch-Token")).toBe("fresh")
  })

  test.each([
    { state: "failed", error: failure },
    { state: "restart_failed", error: failure },
    { state: "stopping" },
    { state: "stopped" },
  ] as BackendState[])(
    "in the state $state new and waiting requests fail without being sent",
    async (state) => {
      const page = await loadPage()
      await page.connect()
      const requests = page.fakeBackend(() => ({ data: true }))
      emit({ state: "restarting", attempt: 3, of: 3, error: failure })
      const rejection = expect(page.sendRequest()).rejects.toThrow("nothing was sent")
      await Promise.resolve()
      emit(state)
      await rejection
      await expect(page.sendRequest()).rejects.toThrow("nothing was sent")
      expect(requests).toEqual([])
    },
  )

  test("a request waits for a restart no longer than the request timeout", async () => {
    const page = await loadPage()
    await page.connect()
    vi.useFakeTimers()
    onTestFinished(() => void vi.useRealTimers())
    const requests = page.fakeBackend(() => ({ data: true }))
    emit({ state: "restarting", attempt: 1, of: 3, error: failure })
    const rejection = expect(page.sendRequest()).rejects.toThrow("nothing was sent")
    await vi.advanceTimersByTimeAsync(30_000)
    await rejection
    expect(requests).toEqual([])
  })

  test("a failed start has the shell's error, and retry starts again", async () => {
    shell.startBackend.mockRejectedValueOnce(failure)
    const page = await loadPage()
    await page.connect()
    expect(page.connection.get()).toEqual({ status: "failed", failure })
    await page.retry()
    expect(page.connection.get()).toEqual({ status: "ready" })
  })

  test("slow starts and later failures are reported, and a new address is used", async () => {
    const page = await loadPage()
    await page.connect()
    emit({ state: "slow" })
    expect(page.connection.get()).toEqual({ status: "starting", slow: true })
    emit({ state: "failed", error: failure })
    expect(page.connection.get()).toEqual({ status: "failed", failure })

    shell.startBackend.mockResolvedValue({ base_url: "http://127.0.0.1:2", launch_token: "other" })
    emit({ state: "ready" })
    await vi.waitFor(() => expect(page.connection.get()).toEqual({ status: "ready" }))
    expect(page.client.getConfig().baseURL).toBe("http://127.0.0.1:2")
  })

  test("a crash reports the restart attempt, and a failed restart reports the error", async () => {
    const page = await loadPage()
    await page.connect()
    emit({ state: "restarting", attempt: 1, of: 3, error: failure })
    expect(page.connection.get()).toEqual({ status: "restarting", attempt: 1, of: 3 })
    emit({ state: "restart_failed", error: failure })
    expect(page.connection.get()).toEqual({ status: "restart_failed", failure })
  })

  test("an attempt that exhausts the restart budget reports restart_failed", async () => {
    const page = await loadPage()
    await page.connect()
    shell.startBackend.mockImplementationOnce(async () => {
      emit({ state: "restart_failed", error: failure })
      throw failure
    })
    await page.retry()
    expect(page.connection.get()).toEqual({ status: "restart_failed", failure })
  })

  test("a mutation interrupted by a crash is not retried", async () => {
    const page = await loadPage()
    await page.connect()
    const { createQueryClient } = await import("@/engine/connection/query-client")
    const { usersUpdateUserMe } = await import("@/client/sdk.gen")
    const requests = page.fakeBackend(() => {
      emit({ state: "restarting", attempt: 1, of: 3, error: failure })
      throw new Error("connection reset")
    })
    const queries = createQueryClient()
    const saving = queries
      .getMutationCache()
      .build(queries, {
        mutationFn: () => usersUpdateUserMe({ body: { full_name: "once" } }),
      })
      .execute(undefined)
    await expect(saving).rejects.toThrow()
    emit({ state: "ready" })
    await vi.waitFor(() => expect(page.connection.get()).toEqual({ status: "ready" }))
    expect(requests).toHaveLength(1)
  })
})

describe("in the app's window, in server mode", () => {
  const url = "https://app.example.com"
  const about = { version: "1", auth_required: true, server: true, api_version: 1 }
  const unreachable = new ServerFailure("server_unreachable")

  beforeEach(() => {
    vi.useFakeTimers()
    vi.spyOn(Math, "random").mockReturnValue(0.5)
    shell.runsInShell.mockReturnValue(true)
    shell.getServer.mockResolvedValue(url)
    shell.checkServer.mockReset().mockResolvedValue({ url, version: "1" })
    shell.startBackend.mockReset().mockRejectedValue(new Error("not requested"))
  })
  afterEach(() => {
    vi.useRealTimers()
    vi.restoreAllMocks()
  })

  async function connected() {
    const page = await loadPage()
    const requests = page.fakeBackend(() => ({ data: about }))
    await page.connect()
    return { ...page, requests }
  }

  test("requests go to the server without a launch token, and no backend is started", async () => {
    sessionStorage.setItem("launch_token", "left over")
    const page = await connected()
    await page.sendRequest()
    expect(page.client.getConfig().baseURL).toBe(url)
    expect(page.requests).toHaveLength(2)
    for (const request of page.requests) expect(request.header("X-Launch-Token")).toBeUndefined()
    expect(shell.startBackend).not.toHaveBeenCalled()
    expect(page.connection.get()).toEqual({ status: "ready" })
  })

  test("an unusable server is probed with exponential backoff until it is usable", async () => {
    shell.checkServer.mockRejectedValue(unreachable)
    const page = await connected()
    expect(page.connection.get()).toEqual({
      status: "server_unavailable",
      failure: unreachable,
      retrying: false,
    })
    for (const [pause, probes] of [1, 2, 4, 8, 16, 30, 30].map((s, n) => [s * 1_000, n + 1])) {
      await vi.advanceTimersByTimeAsync((pause as number) - 1)
      expect(shell.checkServer).toHaveBeenCalledTimes(probes as number)
      await vi.advanceTimersByTimeAsync(1)
    }
    shell.checkServer.mockResolvedValue({ url, version: "1" })
    await vi.advanceTimersByTimeAsync(30_000)
    expect(page.connection.get()).toEqual({ status: "ready" })
    const calls = shell.checkServer.mock.calls.length
    await vi.advanceTimersByTimeAsync(120_000)
    expect(shell.checkServer).toHaveBeenCalledTimes(calls)
  })

  test.each(["focus", "online"])(
    "an unusable server is probed immediately on %s",
    async (event) => {
      shell.checkServer.mockRejectedValueOnce(unreachable)
      const page = await connected()
      window.dispatchEvent(new Event(event))
      await vi.advanceTimersByTimeAsync(0)
      expect(page.connection.get()).toEqual({ status: "ready" })
    },
  )

  test("focus repeats a probe that is older than five minutes", async () => {
    const page = await connected()
    shell.checkServer.mockRejectedValue(new ServerFailure("server_newer"))
    window.dispatchEvent(new Event("focus"))
    await vi.advanceTimersByTimeAsync(0)
    expect(page.connection.get().status).toBe("ready")
    vi.setSystemTime(Date.now() + 6 * 60_000)
    window.dispatchEvent(new Event("focus"))
    await vi.advanceTimersByTimeAsync(0)
    expect(page.connection.get()).toMatchObject({ failure: { code: "server_newer" } })
  })

  test.each([
    ["no response", () => networkError()],
    ["a 503", () => ({ status: 503, data: {} })],
    ["a proxy's 502", () => ({ status: 502, data: {} })],
  ])("after %s the server is probed, and the result sets the state", async (_, respond) => {
    const page = await connected()
    const states: string[] = []
    page.connection.subscribe(() => states.push(page.connection.get().status))
    page.fakeBackend(({ path }) => (path.includes("about") ? { data: about } : respond()))
    await expect(page.sendRequest()).rejects.toThrow()
    await vi.advanceTimersByTimeAsync(0)
    expect(shell.checkServer).toHaveBeenCalledTimes(2)
    expect(states).toEqual([])

    shell.checkServer.mockRejectedValue(new ServerFailure("server_busy"))
    await expect(page.sendRequest()).rejects.toThrow()
    await vi.advanceTimersByTimeAsync(0)
    expect(page.connection.get()).toMatchObject({ failure: { code: "server_busy" } })
    shell.checkServer.mockResolvedValue({ url, version: "1" })
    await page.probeServer()
    expect(states).toEqual(["server_unavailable", "server_unavailable", "ready"])
  })

  test("a 404 response does not cause a probe", async () => {
    const page = await connected()
    page.fakeBackend(() => ({ status: 404, data: {} }))
    await expect(page.sendRequest()).rejects.toThrow()
    expect(shell.checkServer).toHaveBeenCalledOnce()
  })

  test("a server that responds to the shell but not to the page is unavailable", async () => {
    const page = await loadPage()
    page.fakeBackend(() => networkError())
    await page.connect()
    expect(page.connection.get()).toMatchObject({ failure: { code: "window_blocked" } })
  })

  test("an unreadable server choice is reported, and no backend is started", async () => {
    const failure = new ServerFailure("choice_damaged")
    shell.getServer.mockRejectedValue(failure)
    const page = await loadPage()
    await page.connect()
    expect(page.connection.get()).toEqual({ status: "choice_unreadable", failure })
    expect(shell.startBackend).not.toHaveBeenCalled()
  })
})
