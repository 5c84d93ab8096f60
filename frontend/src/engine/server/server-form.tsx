import { useState } from "react"
import { Field } from "@/components/ui/field"
import { Input } from "@/components/ui/input"
import { LoadingButton } from "@/components/ui/loading-button"
import { ConfirmDialog } from "@/engine/components/confirm-dialog"
import { errorMessage } from "@/engine/connection/errors"
import { useAppForm } from "@/engine/forms/use-app-form"
import { checkServer, type ServerFound, switchToServer } from "@/engine/shell"

/** Connects to a server: checks the typed address, then asks for confirmation. */
export function ServerForm() {
  const { register, handleSubmit, setError, formState } = useAppForm({
    defaultValues: { address: "" },
  })
  const { errors, isSubmitting } = formState
  const [found, setFound] = useState<ServerFound>()
  const [switching, setSwitching] = useState(false)

  const showError = (error: unknown) =>
    setError("address", { message: errorMessage(error) }, { shouldFocus: true })

  const submit = handleSubmit(async ({ address }) => {
    if (!address.trim()) return showError(new Error("This field is required."))
    try {
      setFound(await checkServer(address))
    } catch (error) {
      showError(error)
    }
  })

  async function confirm({ url }: ServerFound) {
    setSwitching(true)
    try {
      await switchToServer(url)
    } catch (error) {
      setSwitching(false)
      setFound(undefined)
      showError(error)
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
          description={`${found.url} runs version ${found.version}. The app reloads, and you log in with your account on this server. The data on this computer stays unchanged.`}
          confirmLabel="Use this server"
          variant="default"
          pending={switching}
          onConfirm={() => confirm(found)}
          onClose={() => setFound(undefined)}
        />
      )}
    </form>
  )
}
