/** Browser mode: no shell tells that the backend is gone, so the requests it leaves unanswered do. */
import { isAxiosError, isCancel } from "axios"
import { client } from "@/client/client.gen"
import { utilsHealthCheck } from "@/client/sdk.gen"

const ASK_AGAIN_MS = 2_000
/** Long enough for a backend that is only busy. */
const ANSWER_WITHIN_MS = 5_000

/** Called once. `onBack` follows on `onGone`, as soon as something answers at the same address. */
export function followAnswers(onGone: () => void, onBack: () => void): void {
  let asking = false
  client.instance.interceptors.response.use(undefined, (error: unknown) => {
    if (isUnanswered(error) && !asking) void ask()
    throw error
  })

  async function ask() {
    asking = true
    let gone = false
    while (!(await answers())) {
      if (!gone) onGone()
      gone = true
      await new Promise((resolve) => setTimeout(resolve, ASK_AGAIN_MS))
    }
    asking = false
    if (gone) onBack()
  }
}

const isUnanswered = (error: unknown) => isAxiosError(error) && !error.response && !isCancel(error)

async function answers(): Promise<boolean> {
  try {
    await utilsHealthCheck({ timeout: ANSWER_WITHIN_MS })
    return true
  } catch (error) {
    return !isUnanswered(error)
  }
}
