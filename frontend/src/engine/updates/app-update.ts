/** The state of the app's update. Outside React, so that a download continues on other pages. */
import { createStore } from "@/engine/lib/store"
import {
  checkForUpdate,
  downloadUpdate,
  installUpdate,
  type UpdateOffer,
  type UpdateProgress,
} from "@/engine/shell"

export type UpdateState =
  | { status: "idle" | "checking" | "up_to_date" }
  | { status: "available"; offer: UpdateOffer }
  | { status: "downloading"; offer: UpdateOffer; progress: UpdateProgress }
  | { status: "downloaded" | "installing"; offer: UpdateOffer }

interface AppUpdate {
  state: UpdateState
  /** Why the last step failed. */
  error?: unknown
}

export const appUpdate = createStore<AppUpdate>({ state: { status: "idle" } })

const setState = (state: UpdateState, error?: unknown) => appUpdate.set({ state, error })

/** Checks for an update. */
export async function check(): Promise<void> {
  setState({ status: "checking" })
  try {
    const offer = await checkForUpdate()
    setState(offer ? { status: "available", offer } : { status: "up_to_date" })
  } catch (error) {
    setState({ status: "idle" }, error)
  }
}

/** Downloads and verifies an update. */
export async function download(offer: UpdateOffer): Promise<void> {
  setState({ status: "downloading", offer, progress: { received: 0, total: null } })
  try {
    await downloadUpdate((progress) => {
      // Progress messages may arrive after the download has finished.
      if (appUpdate.get().state.status === "downloading") {
        setState({ status: "downloading", offer, progress })
      }
    })
    setState({ status: "downloaded", offer })
  } catch (error) {
    setState({ status: "available", offer }, error)
  }
}

/** Installs the downloaded update and restarts the app. Resolves only if the installation failed; the downloaded update is retained. */
export async function install(offer: UpdateOffer): Promise<void> {
  setState({ status: "installing", offer })
  try {
    await installUpdate()
  } catch (error) {
    setState({ status: "downloaded", offer }, error)
  }
}
