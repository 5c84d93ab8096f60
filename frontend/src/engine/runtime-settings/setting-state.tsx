import type { SwitchState } from "@/client/types.gen"

interface SettingStateProps {
  now: string
  afterRestart: string
  overriddenBy: SwitchState["overridden_by"]
  restartNeeded: boolean
}

const overrides = {
  flag: "Fixed by a flag on the command line. It wins over what is chosen here.",
  variable: "Fixed by an environment variable. It wins over what is chosen here.",
}

/** What a setting is, what it will be, and what decides it. */
export function SettingState({
  now,
  afterRestart,
  overriddenBy,
  restartNeeded,
}: SettingStateProps) {
  return (
    <>
      <dl className="flex flex-wrap gap-x-8 gap-y-2 text-sm">
        <div className="flex gap-2">
          <dt className="text-muted-foreground">Now</dt>
          <dd className="font-medium">{now}</dd>
        </div>
        {restartNeeded && (
          <div className="flex gap-2">
            <dt className="text-muted-foreground">After a restart</dt>
            <dd className="font-medium">{afterRestart}</dd>
          </div>
        )}
      </dl>
      {overriddenBy && <p className="text-muted-foreground text-sm">{overrides[overriddenBy]}</p>}
    </>
  )
}
