import { CloudAlert, CloudOff, Hourglass, RefreshCwOff, RotateCw, ShieldAlert } from "lucide-react"
import { LoadingButton } from "@/components/ui/loading-button"
import { probeServer } from "@/engine/connection/connection"
import { FailureHeading } from "@/engine/screens/failure-heading"
import { LeaveServerButton } from "@/engine/server/leave-server-button"
import { ServerForm } from "@/engine/server/server-form"
import type { ServerFailure } from "@/engine/shell"
import { UpdatesSection } from "@/engine/updates/updates-section"

const kinds = {
  server_unreachable: { title: "The server can't be reached", icon: CloudOff },
  window_blocked: { title: "This window can't reach the server", icon: CloudOff },
  server_busy: { title: "The server is busy", icon: Hourglass },
  certificate: { title: "The server's certificate is not accepted", icon: ShieldAlert },
  server_newer: { title: "This app is too old for the server", icon: RefreshCwOff },
  server_older: { title: "The server is too old for this app", icon: RefreshCwOff },
} as const

const other = { title: "The server can't be used", icon: CloudAlert }

export const kindOf = (code: string) => kinds[code as keyof typeof kinds] ?? other

interface ServerPanelProps {
  failure: ServerFailure
  retrying: boolean
  /** Whether a page in use lies beneath. */
  inUse?: boolean
}

/** Why the server can't be used, and the ways on. */
export default function ServerPanel({ failure, retrying, inUse = false }: ServerPanelProps) {
  const { title, icon } = kindOf(failure.code)
  return (
    <div className="grid min-w-0 gap-5">
      <FailureHeading icon={icon} title={title} message={failure.message} code={failure.code} />
      <p className="text-muted-foreground text-sm">
        The app tries again by itself.{" "}
        {inUse ? "What you typed is kept meanwhile. " : "The data on this computer is untouched."}
      </p>
      {failure.code === "server_newer" && <UpdatesSection />}
      <div className="flex flex-wrap gap-2">
        <LoadingButton pending={retrying} onClick={() => probeServer()}>
          {!retrying && <RotateCw aria-hidden />}
          Try again
        </LoadingButton>
        <LeaveServerButton variant="outline" asks={inUse} />
      </div>
    </div>
  )
}

/** The choice was lost. Which of the two data it was is not guessed. */
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
        <p className="text-muted-foreground text-sm">Or work on the data of a server:</p>
        <ServerForm />
      </div>
    </div>
  )
}
