import { SettingsSection } from "@/engine/components/settings-section"
import { LeaveServerButton } from "@/engine/server/leave-server-button"
import { ServerForm } from "@/engine/server/server-form"

/** Whose data the app works on: this computer's, or a server's, by its address. */
export function ServerSection({ url }: { url: string | undefined }) {
  if (url) {
    return (
      <SettingsSection
        title="Server"
        text={
          <>
            You work on the data of <span className="font-medium text-foreground">{url}</span>. The
            data on this computer waits as you left it.
          </>
        }
        action={<LeaveServerButton variant="outline" asks />}
      />
    )
  }
  return (
    <SettingsSection
      title="Use a server"
      text="Work on the data of a team's server, with an account there. The data on this computer stays as it is, and you can come back to it."
    >
      <ServerForm />
    </SettingsSection>
  )
}
