import { zodResolver } from "@hookform/resolvers/zod"
import { object, pipe, string, transform } from "zod/mini"
import type { ItemCreate, ItemPublic } from "@/client/types.gen"
import { zItemCreate } from "@/client/zod.gen"
import { fieldMessage } from "@/lib/validation"

export interface ItemFormValues {
  title: string
  description: string
}

const typed = pipe(
  object({ title: string(), description: string() }),
  transform(
    ({ title, description }): ItemCreate => ({
      title: title.trim(),
      description: description.trim() || null,
    }),
  ),
)

/** What is typed, tidied as the backend does it, then held against the backend's own limits. */
export const itemFormResolver = zodResolver(pipe(typed, zItemCreate), { error: fieldMessage })

export const itemFormValues = (item?: ItemPublic): ItemFormValues => ({
  title: item?.title ?? "",
  description: item?.description ?? "",
})
