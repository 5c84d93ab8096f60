import { useQuery, useQueryClient } from "@tanstack/react-query"
import { useState } from "react"
import { errorMessage, SettingsSection } from "@/engine"
import { IssueCodesForm } from "@/features/settings/issue-codes-form"
import { codesLeftQuery } from "@/features/settings/recovery-codes"
import { RecoveryCodesOnce } from "@/features/settings/recovery-codes-once"

export function SecurityTab() {
  const queryClient = useQueryClient()
  const { data: left, error } = useQuery(codesLeftQuery)
  // In this component only: whoever leaves the tab has seen them.
  const [codes, setCodes] = useState<string[]>()

  return (
    <SettingsSection
      title="Recovery codes"
      text="If you forget your password, one of these codes lets you choose a new one. Each works once."
    >
      {codes ? (
        <RecoveryCodesOnce codes={codes} onDone={() => setCodes(undefined)} />
      ) : (
        <>
          <p className="text-sm" role="status">
            {error ? errorMessage(error) : left === undefined ? "…" : leftText(left)}
          </p>
          <IssueCodesForm
            replaces={Boolean(left)}
            onIssued={(issued) => {
              setCodes(issued)
              return queryClient.invalidateQueries({ queryKey: codesLeftQuery.queryKey })
            }}
          />
        </>
      )}
    </SettingsSection>
  )
}

function leftText(count: number): string {
  if (count === 0) return "You have no recovery codes."
  return count === 1 ? "1 code is left." : `${count} codes are left.`
}
