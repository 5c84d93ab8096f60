import { afterEach, beforeEach, expect, test, vi } from "vitest"
import { usersReadUsers } from "@/client/sdk.gen"
import { monitorBackend } from "@/engine/connection/monitor-backend"
import { fakeBackend, networkError } from "@/engine/test/fake-backend"

const onLost = vi.fn()
const onRecovered = vi.fn()
monitorBackend(onLost, onRecovered)

beforeEach(() => vi.useFakeTimers().clearAllMocks())
afterEach(() => vi.useRealTimers())

test("a backend without a response is reported as lost once, and as recovered when it responds", async () => {
  const requests = fakeBackend(networkError)
  await expect(Promise.all([usersReadUsers(), usersReadUsers()])).rejects.toThrow()
  await vi.waitFor(() => expect(onLost).toHaveBeenCalledOnce())
  await vi.advanceTimersByTimeAsync(10_000)
  expect(onLost).toHaveBeenCalledOnce()
  expect(onRecovered).not.toHaveBeenCalled()
  expect(requests.at(-1)?.path).toContain("health-check")

  fakeBackend(() => ({ data: true }))
  await vi.advanceTimersByTimeAsync(5_000)
  expect(onRecovered).toHaveBeenCalledOnce()
})

test("a single network error, an error response or a cancelled request does not report the backend as lost", async () => {
  const health = ({ path }: { path: string }) => path.includes("health-check")
  fakeBackend((request) => (health(request) ? { data: true } : networkError()))
  await expect(usersReadUsers()).rejects.toThrow()
  fakeBackend(() => ({ status: 503, data: { detail: "busy" } }))
  await expect(usersReadUsers()).rejects.toThrow()
  fakeBackend(networkError)
  await expect(usersReadUsers({ signal: AbortSignal.abort() })).rejects.toThrow()
  await vi.advanceTimersByTimeAsync(5_000)
  expect(onLost).not.toHaveBeenCalled()
})
