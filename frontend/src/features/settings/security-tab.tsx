import { useQuery, useQueryClient } from "@tanstack/react-query"
import { useState } from "react"
import { errorMessage, SettingsSection } from "@/engine"
import { IssueCodesForm } from "@/features/settings/issue-codes-form"
import { NewRecoveryCodes } from "@/features/settings/new-recovery-codes"
import { recoveryCodeCountQuery } from "@/features/settings/queries"

export function SecurityTab() {
  const queryClient = useQueryClient()
  const { data: count, error } = useQuery(recoveryCodeCountQuery)
  // Component state: leaving the tab discards the codes.
  const [codes, setCodes] = useState<string[]>()
  const [focusForm, setFocusForm] = useState(false)

  return (
    <SettingsSection
      title="Recovery codes"
      description="If you forget your password, use a recovery code to set a new one. Each code works once."
    >
      {codes ? (
        <NewRecoveryCodes
          codes={codes}
          onDone={() => {
            setCodes(undefined)
            setFocusForm(true)
          }}
        />
      ) : (
        <>
          <p className="text-sm" role="status">
            {error ? errorMessage(error) : count === undefined ? "…" : countText(count)}
          </p>
          <IssueCodesForm
            replacesCodes={Boolean(count)}
            autoFocus={focusForm}
            onIssued={(issued) => {
              setCodes(issued)
              return queryClient.invalidateQueries({ queryKey: recoveryCodeCountQuery.queryKey })
            }}
          />
        </>
      )}
    </SettingsSection>
  )
}

function countText(count: number): string {
  if (count === 0) return "You have no recovery codes."
  return count === 1 ? "1 code is left." : `${count} codes are left.`
}
