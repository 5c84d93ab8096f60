import { zodResolver } from "@hookform/resolvers/zod"
import { object, pipe, string, transform } from "zod/mini"
import type { ItemCreate, ItemPublic } from "@/client/types.gen"
import { zItemCreate } from "@/client/zod.gen"
import { errorMap } from "@/lib/validation"

export interface ItemFormValues {
  title: string
  description: string
}

const trimmedInput = pipe(
  object({ title: string(), description: string() }),
  transform(
    ({ title, description }): ItemCreate => ({
      title: title.trim(),
      description: description.trim() || null,
    }),
  ),
)

/** Trims the input, then validates it with the backend's limits. The backend trims only the title. */
export const itemFormResolver = zodResolver(pipe(trimmedInput, zItemCreate), {
  error: errorMap,
})

export const itemFormValues = (item?: ItemPublic): ItemFormValues => ({
  title: item?.title ?? "",
  description: item?.description ?? "",
})
