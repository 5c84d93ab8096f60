import { useState } from "react"
import { Field } from "@/components/ui/field"
import { Input } from "@/components/ui/input"
import { LoadingButton } from "@/components/ui/loading-button"
import { ConfirmDialog } from "@/engine/components/confirm-dialog"
import { errorMessage } from "@/engine/connection/errors"
import { useAppForm } from "@/engine/forms/use-app-form"
import { checkServer, type ServerFound, switchToServer } from "@/engine/shell"

/** Takes the address of a server, looks whether it can be used, and asks before it is. */
export function ServerForm() {
  const { register, handleSubmit, setError, formState } = useAppForm({
    defaultValues: { address: "" },
  })
  const { errors, isSubmitting } = formState
  const [found, setFound] = useState<ServerFound>()
  const [switching, setSwitching] = useState(false)

  const refuse = (error: unknown) =>
    setError("address", { message: errorMessage(error) }, { shouldFocus: true })

  const submit = handleSubmit(async ({ address }) => {
    if (!address.trim()) return refuse(new Error("This field is required."))
    try {
      setFound(await checkServer(address))
    } catch (error) {
      refuse(error)
    }
  })

  async function confirm({ url }: ServerFound) {
    setSwitching(true)
    try {
      await switchToServer(url)
    } catch (error) {
      setSwitching(false)
      setFound(undefined)
      refuse(error)
    }
  }

  return (
    <form onSubmit={submit} noValidate className="grid max-w-xl gap-4">
      <Field label="Address" error={errors.address?.message} required>
        {(control) => (
          <Input
            {...control}
            {...register("address")}
            inputMode="url"
            placeholder="https://app.example.com"
            autoComplete="off"
            autoCapitalize="none"
            spellCheck={false}
          />
        )}
      </Field>
      <LoadingButton type="submit" variant="outline" pending={isSubmitting} className="w-fit">
        Connect
      </LoadingButton>
      {found && (
        <ConfirmDialog
          title={`Use ${new URL(found.url).host}?`}
          text={`Version ${found.version} answers at ${found.url}. The app starts anew with that server's data and asks for an account there. The data on this computer stays as it is.`}
          action="Use this server"
          variant="default"
          pending={switching}
          onConfirm={() => confirm(found)}
          onClose={() => setFound(undefined)}
        />
      )}
    </form>
  )
}
