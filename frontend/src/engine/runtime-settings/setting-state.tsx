import type { SwitchState } from "@/client/types.gen"

interface SettingStateProps {
  now: string
  afterRestart: string
  overriddenBy: SwitchState["overridden_by"]
  restartNeeded: boolean
}

const OVERRIDES = {
  flag: "Set by a command-line flag, which overrides this setting.",
  variable: "Set by an environment variable, which overrides this setting.",
}

/** The current and the pending value of a setting that needs a restart, and why a setting is read-only. */
export function SettingState({
  now,
  afterRestart,
  overriddenBy,
  restartNeeded,
}: SettingStateProps) {
  return (
    <>
      {restartNeeded && (
        <dl className="flex flex-wrap gap-x-8 gap-y-2 text-sm">
          <div className="flex gap-2">
            <dt className="text-muted-foreground">Now</dt>
            <dd className="font-medium">{now}</dd>
          </div>
          <div className="flex gap-2">
            <dt className="text-muted-foreground">After a restart</dt>
            <dd className="font-medium">{afterRestart}</dd>
          </div>
        </dl>
      )}
      {overriddenBy && <p className="text-muted-foreground text-sm">{OVERRIDES[overriddenBy]}</p>}
    </>
  )
}
