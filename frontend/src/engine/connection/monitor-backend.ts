/** Browser mode: detects a lost backend by network errors, since no shell reports its state. */
import { isAxiosError, isCancel } from "axios"
import { client } from "@/client/client.gen"
import { utilsHealthCheck } from "@/client/sdk.gen"

const PROBE_INTERVAL_MS = 2_000
/** Long enough for a busy backend. */
const PROBE_TIMEOUT_MS = 5_000

/**
 * Call once. Calls `onLost` when the backend stops responding, and `onRecovered` when it responds again at the same
 * address.
 */
export function monitorBackend(onLost: () => void, onRecovered: () => void): void {
  let probing = false
  client.instance.interceptors.response.use(undefined, (error: unknown) => {
    if (isNetworkError(error) && !probing) void probeUntilRecovered()
    throw error
  })

  async function probeUntilRecovered() {
    probing = true
    let lost = false
    while (!(await responds())) {
      if (!lost) onLost()
      lost = true
      await new Promise((resolve) => setTimeout(resolve, PROBE_INTERVAL_MS))
    }
    probing = false
    if (lost) onRecovered()
  }
}

const isNetworkError = (error: unknown) =>
  isAxiosError(error) && !error.response && !isCancel(error)

async function responds(): Promise<boolean> {
  try {
    await utilsHealthCheck({ timeout: PROBE_TIMEOUT_MS })
    return true
  } catch (error) {
    return !isNetworkError(error)
  }
}
