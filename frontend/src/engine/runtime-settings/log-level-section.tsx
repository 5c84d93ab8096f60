import { useId } from "react"
import { toast } from "sonner"
import type { LogLevelState } from "@/client/types.gen"
import { zLogLevelState } from "@/client/zod.gen"
import { NativeSelect } from "@/components/ui/native-select"
import { SettingsSection } from "@/engine/components/settings-section"
import { errorMessage } from "@/engine/connection/errors"
import { useUpdateSettings } from "@/engine/runtime-settings/queries"
import { SettingState } from "@/engine/runtime-settings/setting-state"

const LEVELS = zLogLevelState.shape.value.options

export function LogLevelSection({ state }: { state: LogLevelState }) {
  const id = useId()
  const { mutate, isPending, variables } = useUpdateSettings()

  function change(level: string) {
    const value = LEVELS.find((option) => option === level)
    mutate(
      { LOG_LEVEL: value },
      {
        onSuccess: (settings) => toast.success(`Log level set to ${settings.LOG_LEVEL.value}`),
        onError: (error) =>
          toast.error("The log level could not be changed", { description: errorMessage(error) }),
      },
    )
  }

  return (
    <SettingsSection
      title="Logging"
      description="The amount of detail in the logs. Changes apply immediately."
      action={
        <div className="flex items-center gap-2 text-sm">
          <label htmlFor={id}>Log level</label>
          <NativeSelect
            id={id}
            value={(isPending && variables.LOG_LEVEL) || state.after_restart}
            disabled={isPending || state.overridden_by !== null}
            onChange={(event) => change(event.target.value)}
          >
            {LEVELS.map((level) => (
              <option key={level}>{level}</option>
            ))}
          </NativeSelect>
        </div>
      }
    >
      <SettingState
        now={state.value}
        afterRestart={state.after_restart}
        overriddenBy={state.overridden_by}
        restartNeeded={state.restart_needed}
      />
    </SettingsSection>
  )
}
