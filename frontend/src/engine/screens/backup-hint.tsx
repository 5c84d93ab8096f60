import { useEffect, useState } from "react"
import { getRecovery, type Recovery } from "@/engine/shell"

/** The newest backups, and how to restore one while there is no backend to ask. Nothing where there are none. */
export function BackupHint() {
  const [recovery, setRecovery] = useState<Recovery>()
  useEffect(() => {
    // A folder that can't be read has nothing to offer.
    getRecovery().then(setRecovery, () => undefined)
  }, [])

  if (!recovery?.backups.length) return null
  return (
    <section aria-label="Backups" className="grid min-w-0 gap-1.5 text-sm">
      <p className="text-muted-foreground">
        Your data was backed up. The newest backup is restored by this command, which keeps what it
        replaces:
      </p>
      <code className="overflow-x-auto whitespace-pre rounded-lg border bg-muted p-3 font-mono text-xs">
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
