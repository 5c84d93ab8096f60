import type { ReactNode } from "react"
import { LoadingButton } from "@/components/ui/loading-button"
import { FormError } from "@/engine/components/form-error"
import { SettingsSection } from "@/engine/components/settings-section"
import { errorMessage } from "@/engine/connection/errors"
import type { UpdateOffer } from "@/engine/shell"
import type { UpdateStep } from "@/engine/updates/app-update"
import { DownloadProgress } from "@/engine/updates/download-progress"

interface UpdateViewProps {
  step: UpdateStep
  error?: unknown
  onCheck: () => void
  onDownload: (offer: UpdateOffer) => void
  onInstall: (offer: UpdateOffer) => void
}

/** One step at a time, with the one button that leads on. */
export function UpdateView({ step, error, onCheck, onDownload, onInstall }: UpdateViewProps) {
  return (
    <SettingsSection
      title="Updates"
      text={<p role="status">{textFor(step)}</p>}
      action={actionFor(step, { onCheck, onDownload, onInstall })}
    >
      {"offer" in step && step.offer.notes && (
        <div className="grid gap-1 text-sm">
          <h3 className="font-medium">What is new in {step.offer.version}</h3>
          <p className="whitespace-pre-line break-words text-muted-foreground">
            {step.offer.notes}
          </p>
        </div>
      )}
      {step.at === "downloading" && <DownloadProgress {...step.progress} />}
      {error !== undefined && <FormError>{errorMessage(error)}</FormError>}
    </SettingsSection>
  )
}

function textFor(step: UpdateStep): string {
  switch (step.at) {
    case "start":
      return "Nothing is looked for or fetched until you ask."
    case "checking":
      return "Asking for the newest version…"
    case "newest":
      return "You have the newest version."
    case "found":
      return `Version ${step.offer.version} is there.`
    case "downloading":
      return `Version ${step.offer.version} is being downloaded.`
    case "downloaded":
      return `Version ${step.offer.version} is downloaded and its signature is right. Installing it closes the app and opens it again; before the database changes, a copy of it is made.`
    case "installing":
      return `Version ${step.offer.version} is being installed. The app closes and opens again.`
  }
}

function actionFor(
  step: UpdateStep,
  { onCheck, onDownload, onInstall }: Omit<UpdateViewProps, "step" | "error">,
): ReactNode {
  switch (step.at) {
    case "found":
    case "downloading":
      return (
        <LoadingButton pending={step.at === "downloading"} onClick={() => onDownload(step.offer)}>
          Download
        </LoadingButton>
      )
    case "downloaded":
    case "installing":
      return (
        <LoadingButton pending={step.at === "installing"} onClick={() => onInstall(step.offer)}>
          Restart to install
        </LoadingButton>
      )
    default:
      return (
        <LoadingButton variant="outline" pending={step.at === "checking"} onClick={onCheck}>
          Check for updates
        </LoadingButton>
      )
  }
}
