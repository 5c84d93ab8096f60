import { useEffect } from "react"
import { toast } from "sonner"
import type { ItemCreate, ItemPublic } from "@/client/types.gen"
import { Field } from "@/components/ui/field"
import { Input } from "@/components/ui/input"
import { Textarea } from "@/components/ui/textarea"
import { DialogFormFooter, errorMessage, useAppForm, useUnsavedChanges } from "@/engine"
import {
  type ItemFormValues,
  itemFormResolver,
  itemFormValues,
} from "@/features/items/item-form-schema"

export interface ItemFormProps {
  /** The item to change; without it, a new one. */
  item?: ItemPublic | undefined
  /** If this rejects, the form keeps what was typed. */
  onSave: (item: ItemCreate) => Promise<unknown>
  /** Whether closing now would lose something typed. */
  onUnsaved?: (unsaved: boolean) => void
}

/** Lives inside a dialog's content, so that closing the dialog forgets what was typed. */
export function ItemForm({ item, onSave, onUnsaved }: ItemFormProps) {
  const { register, handleSubmit, setFocus, formState } = useAppForm<
    ItemFormValues,
    unknown,
    ItemCreate
  >({
    resolver: itemFormResolver,
    defaultValues: itemFormValues(item),
  })
  const { errors, isDirty, isSubmitting } = formState
  useEffect(() => setFocus("title"), [setFocus])
  useUnsavedChanges(onUnsaved, { isDirty, isSubmitting })

  const submit = handleSubmit(async (input) => {
    try {
      await onSave(input)
    } catch (error) {
      toast.error("The item was not saved", { description: errorMessage(error) })
    }
  })

  return (
    <form onSubmit={submit} noValidate className="grid gap-5">
      <Field label="Title" error={errors.title?.message} required>
        {(control) => <Input {...control} {...register("title")} autoComplete="off" />}
      </Field>
      <Field label="Description" error={errors.description?.message}>
        {(control) => <Textarea {...control} {...register("description")} />}
      </Field>
      <DialogFormFooter saving={isSubmitting}>Save</DialogFormFooter>
    </form>
  )
}
