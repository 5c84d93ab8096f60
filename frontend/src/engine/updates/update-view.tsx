import type { ReactNode } from "react"
import { LoadingButton } from "@/components/ui/loading-button"
import { FormError } from "@/engine/components/form-error"
import { SettingsSection } from "@/engine/components/settings-section"
import { errorMessage } from "@/engine/connection/errors"
import type { UpdateOffer } from "@/engine/shell"
import type { UpdateState } from "@/engine/updates/app-update"
import { DownloadProgress } from "@/engine/updates/download-progress"

interface UpdateViewProps {
  state: UpdateState
  error?: unknown
  onCheck: () => void
  onDownload: (offer: UpdateOffer) => void
  onInstall: (offer: UpdateOffer) => void
}

/** The update's state, with a button for the next step. */
export function UpdateView({ state, error, onCheck, onDownload, onInstall }: UpdateViewProps) {
  return (
    <SettingsSection
      title="Updates"
      description={<p role="status">{textFor(state)}</p>}
      action={actionFor(state, { onCheck, onDownload, onInstall })}
    >
      {"offer" in state && state.offer.notes && (
        <div className="grid gap-1 text-sm">
          <h3 className="font-medium">What's new in {state.offer.version}</h3>
          <p className="whitespace-pre-line break-words text-muted-foreground">
            {state.offer.notes}
          </p>
        </div>
      )}
      {state.status === "downloading" && <DownloadProgress {...state.progress} />}
      {error !== undefined && <FormError>{errorMessage(error)}</FormError>}
    </SettingsSection>
  )
}

function textFor(state: UpdateState): string {
  switch (state.status) {
    case "idle":
      return "The app checks for updates only when you ask."
    case "checking":
      return "Checking for updates…"
    case "up_to_date":
      return "The app is up to date."
    case "available":
      return `Version ${state.offer.version} is available.`
    case "downloading":
      return `Downloading version ${state.offer.version}…`
    case "downloaded":
      return `Version ${state.offer.version} is downloaded and verified. The app restarts to install it, and backs up your data before changing it.`
    case "installing":
      return `Installing version ${state.offer.version}. The app restarts when it is done.`
  }
}

function actionFor(
  state: UpdateState,
  { onCheck, onDownload, onInstall }: Omit<UpdateViewProps, "state" | "error">,
): ReactNode {
  switch (state.status) {
    case "available":
    case "downloading":
      return (
        <LoadingButton
          pending={state.status === "downloading"}
          onClick={() => onDownload(state.offer)}
        >
          Download
        </LoadingButton>
      )
    case "downloaded":
    case "installing":
      return (
        <LoadingButton
          pending={state.status === "installing"}
          onClick={() => onInstall(state.offer)}
        >
          Restart to install
        </LoadingButton>
      )
    default:
      return (
        <LoadingButton variant="outline" pending={state.status === "checking"} onClick={onCheck}>
          Check for updates
        </LoadingButton>
      )
  }
}
