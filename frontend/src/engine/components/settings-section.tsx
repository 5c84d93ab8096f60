import { type ReactNode, useId } from "react"
import { Card } from "@/components/ui/card"

interface SettingsSectionProps {
  title: string
  description?: ReactNode
  /** Control next to the title, for a section with a single action. */
  action?: ReactNode
  children?: ReactNode
}

/** A card of the settings page. */
export function SettingsSection({ title, description, action, children }: SettingsSectionProps) {
  const id = useId()
  return (
    <Card role="region" aria-labelledby={id} className="grid gap-5 p-5">
      <div className="flex flex-wrap items-start justify-between gap-x-6 gap-y-4">
        <div className="grid min-w-0 max-w-xl flex-1 basis-64 gap-1">
          <h2 id={id} className="font-semibold">
            {title}
          </h2>
          {description && (
            <div className="text-pretty text-muted-foreground text-sm">{description}</div>
          )}
        </div>
        {action}
      </div>
      {children}
    </Card>
  )
}
