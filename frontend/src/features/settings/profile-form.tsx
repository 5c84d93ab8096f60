import { zodResolver } from "@hookform/resolvers/zod"
import { useQueryClient } from "@tanstack/react-query"
import { useState } from "react"
import { toast } from "sonner"
import { object } from "zod/mini"
import { usersUpdateUserMe } from "@/client/sdk.gen"
import type { UserPublic } from "@/client/types.gen"
import { Button } from "@/components/ui/button"
import { LoadingButton } from "@/components/ui/loading-button"
import { FormError, useAppForm } from "@/engine"
import { EmailField, FullNameField } from "@/features/users/account-fields"
import { emailSchema, fullNameSchema } from "@/features/users/account-schemas"
import { currentUserQuery } from "@/features/users/current-user"
import { errorMap } from "@/lib/validation"

const resolver = zodResolver(object({ full_name: fullNameSchema, email: emailSchema }), {
  error: errorMap,
})

interface ProfileFormProps {
  user: UserPublic
  /** Whether the Edit button gets the focus on mount. */
  focusEdit: boolean
  /** Called when the user saves or cancels. */
  onDone: () => void
}

/** Shows the profile; the Edit button replaces it with the form. */
export function ProfileForm({ user, focusEdit, onDone }: ProfileFormProps) {
  const queryClient = useQueryClient()
  const [editing, setEditing] = useState(false)
  const { bind, submitHandler, formError, formState } = useAppForm({
    resolver,
    defaultValues: { full_name: user.full_name ?? "", email: user.email },
    autoFocus: editing ? "full_name" : undefined,
    errorFields: { email_taken: "email" },
  })
  const { isSubmitting, isDirty } = formState
  const submit = submitHandler(async (body) => {
    const { data } = await usersUpdateUserMe({ body })
    queryClient.setQueryData(currentUserQuery.queryKey, data)
    toast.success("User updated successfully")
    onDone()
  })

  return (
    <form onSubmit={submit} noValidate className="grid max-w-2xl gap-5">
      {editing ? (
        <>
          <div className="grid items-start gap-5 sm:grid-cols-2">
            <FullNameField {...bind("full_name")} />
            <EmailField {...bind("email")} autoComplete="email" />
          </div>
          <FormError>{formError}</FormError>
          <div className="flex gap-2">
            <LoadingButton type="submit" pending={isSubmitting} disabled={!isDirty}>
              Save
            </LoadingButton>
            <Button variant="outline" disabled={isSubmitting} onClick={onDone}>
              Cancel
            </Button>
          </div>
        </>
      ) : (
        <>
          <dl className="grid gap-5 sm:grid-cols-2">
            <Detail label="Full Name" value={user.full_name || "—"} />
            <Detail label="Email" value={user.email} />
          </dl>
          <Button
            variant="outline"
            className="w-fit"
            autoFocus={focusEdit}
            onClick={() => setEditing(true)}
          >
            Edit
          </Button>
        </>
      )}
    </form>
  )
}

function Detail({ label, value }: { label: string; value: string }) {
  return (
    <div className="grid min-w-0 content-start gap-1">
      <dt className="font-medium text-muted-foreground text-sm">{label}</dt>
      <dd dir="auto" className="break-words text-left text-sm">
        {value}
      </dd>
    </div>
  )
}
