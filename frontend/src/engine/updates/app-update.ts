/** Where an update is. Outside of React: a download goes on while another page is looked at. */

import { createStore } from "@/engine/lib/store"
import {
  checkForUpdate,
  downloadUpdate,
  installUpdate,
  type UpdateOffer,
  type UpdateProgress,
} from "@/engine/shell"

export type UpdateStep =
  | { at: "start" | "checking" | "newest" }
  | { at: "found"; offer: UpdateOffer }
  | { at: "downloading"; offer: UpdateOffer; progress: UpdateProgress }
  | { at: "downloaded" | "installing"; offer: UpdateOffer }

interface UpdateState {
  step: UpdateStep
  /** Why the step tried last did not succeed. */
  error?: unknown
}

export const updateState = createStore<UpdateState>({ step: { at: "start" } })

const go = (step: UpdateStep, error?: unknown) => updateState.set({ step, error })

export async function check(): Promise<void> {
  go({ at: "checking" })
  try {
    const offer = await checkForUpdate()
    go(offer ? { at: "found", offer } : { at: "newest" })
  } catch (error) {
    go({ at: "start" }, error)
  }
}

export async function download(offer: UpdateOffer): Promise<void> {
  go({ at: "downloading", offer, progress: { received: 0, total: null } })
  try {
    await downloadUpdate((progress) => {
      // The last ones may come after the end of the download.
      if (updateState.get().step.at === "downloading") go({ at: "downloading", offer, progress })
    })
    go({ at: "downloaded", offer })
  } catch (error) {
    go({ at: "found", offer }, error)
  }
}

/** Comes back only when it failed; what was downloaded is kept. */
export async function install(offer: UpdateOffer): Promise<void> {
  go({ at: "installing", offer })
  try {
    await installUpdate()
  } catch (error) {
    go({ at: "downloaded", offer }, error)
  }
}
