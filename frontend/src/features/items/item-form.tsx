import { toast } from "sonner"
import type { ItemCreate, ItemPublic } from "@/client/types.gen"
import { Field } from "@/components/ui/field"
import { Input } from "@/components/ui/input"
import { Textarea } from "@/components/ui/textarea"
import { DialogFormFooter, errorMessage, useAppForm } from "@/engine"
import {
  type ItemFormValues,
  itemFormResolver,
  itemFormValues,
} from "@/features/items/item-form-schema"

export interface ItemFormProps {
  /** Item to edit; omit it to create an item. */
  item?: ItemPublic | undefined
  /** If this rejects, a toast shows the error and the form stays open. */
  onSave: (item: ItemCreate) => Promise<unknown>
  onDirtyChange?: (dirty: boolean) => void
}

/** Default export for React.lazy. Rendered inside the dialog's content, so that closing the dialog resets the form. */
export default function ItemForm({ item, onSave, onDirtyChange }: ItemFormProps) {
  const { register, handleSubmit, formState } = useAppForm<ItemFormValues, unknown, ItemCreate>({
    resolver: itemFormResolver,
    defaultValues: itemFormValues(item),
    autoFocus: "title",
    onDirtyChange,
  })
  const { errors, isSubmitting } = formState

  const submit = handleSubmit(async (input) => {
    try {
      await onSave(input)
    } catch (error) {
      toast.error("The item could not be saved", { description: errorMessage(error) })
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
