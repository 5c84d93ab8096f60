import { toast } from "sonner"
import type { PortState, SettingsUpdate } from "@/client/types.gen"
import { Field } from "@/components/ui/field"
import { Input } from "@/components/ui/input"
import { LoadingButton } from "@/components/ui/loading-button"
import { SettingsSection } from "@/engine/components/settings-section"
import { errorMessage } from "@/engine/connection/errors"
import { useAppForm } from "@/engine/forms/use-app-form"
import { type PortFormValues, portFormResolver } from "@/engine/runtime-settings/port-form-schema"
import { useUpdateSettings } from "@/engine/runtime-settings/queries"
import { SettingState } from "@/engine/runtime-settings/setting-state"

const formatPort = (port: number) => (port === 0 ? "Automatic" : String(port))

export function PortSection({ state }: { state: PortState }) {
  const { mutateAsync } = useUpdateSettings()
  const { register, handleSubmit, formState } = useAppForm<PortFormValues, unknown, SettingsUpdate>(
    {
      resolver: portFormResolver,
      values: { PORT: String(state.after_restart) },
    },
  )
  const { errors, isDirty, isSubmitting } = formState
  const overridden = state.overridden_by !== null

  const submit = handleSubmit(async (change) => {
    try {
      await mutateAsync(change)
      toast.success("Port saved")
    } catch (error) {
      toast.error("The port could not be saved", { description: errorMessage(error) })
    }
  })

  return (
    <SettingsSection
      title="Port"
      description="The port of the backend on this computer. 0 selects a free port at each start."
    >
      <SettingState
        now={formatPort(state.value)}
        afterRestart={formatPort(state.after_restart)}
        overriddenBy={state.overridden_by}
        restartNeeded={state.restart_needed}
      />
      <form onSubmit={submit} noValidate className="flex flex-wrap items-end gap-3">
        <Field label="Port" error={errors.PORT?.message} required>
          {(control) => (
            <Input
              {...control}
              {...register("PORT")}
              inputMode="numeric"
              autoComplete="off"
              disabled={overridden}
              className="w-32 tabular-nums"
            />
          )}
        </Field>
        <LoadingButton
          type="submit"
          variant="outline"
          pending={isSubmitting}
          disabled={overridden || !isDirty}
        >
          Save
        </LoadingButton>
      </form>
    </SettingsSection>
  )
}
