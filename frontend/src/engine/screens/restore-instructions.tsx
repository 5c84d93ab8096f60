import { useEffect, useState } from "react"
import { getRecovery, type Recovery } from "@/engine/shell"

/** The newest backups and the command that restores the newest one. Renders nothing without backups. */
export function RestoreInstructions() {
  const [recovery, setRecovery] = useState<Recovery>()
  useEffect(() => {
    // Rejects only if the data folder is unknown; then no backups can be listed.
    getRecovery().then(setRecovery, () => undefined)
  }, [])

  if (!recovery?.backups.length) return null
  return (
    <section aria-label="Backups" className="grid min-w-0 gap-1.5 text-sm">
      <p className="text-muted-foreground">
        There are backups of your data. To restore the newest one, run this command in a terminal.
        It moves or copies the current data to the backups folder first:
      </p>
      <code className="whitespace-pre-wrap break-all rounded-lg border bg-muted p-3 font-mono text-xs">
        {recovery.command}
      </code>
      <ul className="break-all font-mono text-muted-foreground text-xs">
        {recovery.backups.map((path) => (
          <li key={path}>{path}</li>
        ))}
      </ul>
    </section>
  )
}
