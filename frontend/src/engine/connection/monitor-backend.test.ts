import { afterEach, beforeEach, expect, test, vi } from "vitest"
import { usersReadUsers } from "@/client/sdk.gen"
import { monitorBackend } from "@/engine/connection/monitor-backend"
import { fakeBackend, networkError } from "@/engine/test/fake-backend"

const onGone = vi.fn()
const onBack = vi.fn()
monitorBackend(onGone, onBack)

beforeEach(() => vi.useFakeTimers().clearAllMocks())
afterEach(() => vi.useRealTimers())

test("a backend that stops answering is gone once, and back when it answers again", async () => {
  const requests = fakeBackend(networkError)
  await expect(Promise.all([usersReadUsers(), usersReadUsers()])).rejects.toThrow()
  await vi.waitFor(() => expect(onGone).toHaveBeenCalledOnce())
  await vi.advanceTimersByTimeAsync(10_000)
  expect(onGone).toHaveBeenCalledOnce()
  expect(onBack).not.toHaveBeenCalled()
  expect(requests.at(-1)?.path).toContain("health-check")

  fakeBackend(() => ({ data: true }))
  await vi.advanceTimersByTimeAsync(5_000)
  expect(onBack).toHaveBeenCalledOnce()
})

test("one lost request, a refusal or a cancelled one is not the end of the backend", async () => {
  const health = ({ path }: { path: string }) => path.includes("health-check")
  fakeBackend((request) => (health(request) ? { data: true } : networkError()))
  await expect(usersReadUsers()).rejects.toThrow()
  fakeBackend(() => ({ status: 503, data: { detail: "busy" } }))
  await expect(usersReadUsers()).rejects.toThrow()
  fakeBackend(networkError)
  await expect(usersReadUsers({ signal: AbortSignal.abort() })).rejects.toThrow()
  await vi.advanceTimersByTimeAsync(5_000)
  expect(onGone).not.toHaveBeenCalled()
})
