import { lazy, Suspense, useRef, useState } from "react"
import { toast } from "sonner"
import type { SwitchState } from "@/client/types.gen"
import { LoadingButton } from "@/components/ui/loading-button"
import { errorCode, errorMessage, SettingState, SettingsSection, useUpdateSettings } from "@/engine"
import { TurnOffAuthDialog } from "@/features/settings/application/turn-off-auth-dialog"

const OwnerDialog = lazy(() => import("@/features/settings/application/owner-dialog"))

const label = (on: boolean) => (on ? "On" : "Off")

/** Turns authentication on and off. Takes effect after a restart of the backend. */
export function AuthSection({ state }: { state: SwitchState }) {
  const [dialog, setDialog] = useState<"owner" | "turn-off">()
  const button = useRef<HTMLButtonElement>(null)
  const { mutateAsync, isPending } = useUpdateSettings()

  async function change(on: boolean) {
    try {
      await mutateAsync({ AUTH_REQUIRED: on })
    } catch (error) {
      // The default user has no password, or no active superuser has one.
      if (errorCode(error) === "owner_required") setDialog("owner")
      else toast.error("The setting could not be changed", { description: errorMessage(error) })
    }
  }

  return (
    <SettingsSection
      title="Authentication"
      description="Require users to log in, and give each user an account."
      action={
        <LoadingButton
          ref={button}
          variant={state.after_restart ? "outline" : "default"}
          pending={isPending && !dialog}
          disabled={state.overridden_by !== null}
          onClick={() => {
            // Reverting a change that has not taken effect needs no confirmation.
            if (state.value && state.after_restart) setDialog("turn-off")
            else void change(!state.after_restart)
          }}
        >
          {state.after_restart ? "Turn off" : "Turn on"}
        </LoadingButton>
      }
    >
      <SettingState
        now={label(state.value)}
        afterRestart={label(state.after_restart)}
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
