import { lazy, Suspense, useRef, useState } from "react"
import { toast } from "sonner"
import type { SwitchState } from "@/client/types.gen"
import { LoadingButton } from "@/components/ui/loading-button"
import { errorCode, errorMessage, SettingState, SettingsSection, useUpdateSettings } from "@/engine"
import { TurnOffAuthDialog } from "@/features/settings/application/turn-off-auth-dialog"

const OwnerDialog = lazy(() => import("@/features/settings/application/owner-dialog"))

const word = (on: boolean) => (on ? "On" : "Off")

/** Turns the need to log in on and off, from the next start. */
export function AuthSection({ state }: { state: SwitchState }) {
  const [dialog, setDialog] = useState<"owner" | "turn-off">()
  const button = useRef<HTMLButtonElement>(null)
  const { mutateAsync, isPending } = useUpdateSettings()

  async function change(on: boolean) {
    try {
      await mutateAsync({ AUTH_REQUIRED: on })
    } catch (error) {
      // Nobody could log in yet: the owner has no password.
      if (errorCode(error) === "owner_required") setDialog("owner")
      else toast.error("The setting was not changed", { description: errorMessage(error) })
    }
  }

  return (
    <SettingsSection
      title="Authentication"
      text="Ask for an email and a password, and let several people have accounts of their own."
      action={
        <LoadingButton
          ref={button}
          variant={state.after_restart ? "outline" : "default"}
          pending={isPending && !dialog}
          disabled={state.overridden_by !== null}
          onClick={() => {
            // What has not taken effect yet can be taken back without being asked.
            if (state.value && state.after_restart) setDialog("turn-off")
            else void change(!state.after_restart)
          }}
        >
          {state.after_restart ? "Turn off" : "Turn on"}
        </LoadingButton>
      }
    >
      <SettingState
        now={word(state.value)}
        afterRestart={word(state.after_restart)}
        overriddenBy={state.overridden_by}
        restartNeeded={state.restart_needed}
      />
      {dialog === "owner" && (
        <Suspense>
          <OwnerDialog
            onClose={() => setDialog(undefined)}
            onCloseAutoFocus={(event) => {
              event.preventDefault()
              button.current?.focus()
            }}
          />
        </Suspense>
      )}
      {dialog === "turn-off" && (
        <TurnOffAuthDialog
          onClose={() => setDialog(undefined)}
          onConfirm={() => {
            setDialog(undefined)
            void change(false)
          }}
        />
      )}
    </SettingsSection>
  )
}
