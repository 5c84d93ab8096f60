import { CloudAlert, CloudOff, Hourglass, RefreshCwOff, RotateCw, ShieldAlert } from "lucide-react"
import { LoadingButton } from "@/components/ui/loading-button"
import { probeServer } from "@/engine/connection/connection"
import { FailureHeading } from "@/engine/screens/failure-heading"
import { LeaveServerButton } from "@/engine/server/leave-server-button"
import { ServerForm } from "@/engine/server/server-form"
import type { ServerFailure } from "@/engine/shell"
import { UpdatesSection } from "@/engine/updates/updates-section"

const DISPLAY_BY_CODE = {
  server_unreachable: { title: "The server can't be reached", icon: CloudOff },
  window_blocked: { title: "This window can't reach the server", icon: CloudOff },
  server_busy: { title: "The server is busy", icon: Hourglass },
  certificate: { title: "The server's certificate is not trusted", icon: ShieldAlert },
  server_newer: { title: "This app is too old for the server", icon: RefreshCwOff },
  server_older: { title: "The server is too old for this app", icon: RefreshCwOff },
} as const

const DEFAULT_DISPLAY = { title: "The server can't be used", icon: CloudAlert }

/** Title and icon for an error code. */
export const displayOf = (code: string) =>
  DISPLAY_BY_CODE[code as keyof typeof DISPLAY_BY_CODE] ?? DEFAULT_DISPLAY

interface ServerPanelProps {
  failure: ServerFailure
  retrying: boolean
  /** Whether a page with possibly unsaved text is mounted beneath. */
  coversPage?: boolean
}

/** Why the server is unusable, and the user's actions. */
export default function ServerPanel({ failure, retrying, coversPage = false }: ServerPanelProps) {
  const { title, icon } = displayOf(failure.code)
  return (
    <div className="grid min-w-0 gap-5">
      <FailureHeading icon={icon} title={title} message={failure.message} code={failure.code} />
      <p className="text-muted-foreground text-sm">
        The app tries again automatically.{" "}
        {coversPage
          ? "Unsaved text stays in the window."
          : "The data on this computer stays unchanged."}
      </p>
      {failure.code === "server_newer" && <UpdatesSection />}
      <div className="flex flex-wrap gap-2">
        <LoadingButton pending={retrying} onClick={() => probeServer()}>
          {!retrying && <RotateCw aria-hidden />}
          Try again
        </LoadingButton>
        <LeaveServerButton variant="outline" confirm={coversPage} />
      </div>
    </div>
  )
}

/** The stored choice between server and local data cannot be read: the user chooses again. */
export function ChoiceUnreadablePanel({ failure }: { failure: ServerFailure }) {
  return (
    <div className="grid min-w-0 gap-5">
      <FailureHeading
        icon={CloudAlert}
        title="Which data should the app use?"
        message={failure.message}
        code={failure.code}
      />
      <div className="flex flex-wrap gap-2">
        <LeaveServerButton />
      </div>
      <div className="grid gap-4 border-t pt-5">
        <p className="text-muted-foreground text-sm">Or connect to a server:</p>
        <ServerForm />
      </div>
    </div>
  )
}
