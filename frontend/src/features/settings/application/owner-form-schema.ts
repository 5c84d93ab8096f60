import { zodResolver } from "@hookform/resolvers/zod"
import { object, pipe, refine, string, transform } from "zod/mini"
import type { Owner } from "@/client/types.gen"
import { zOwner } from "@/client/zod.gen"
import { fieldMessage } from "@/lib/validation"

export interface OwnerFormValues {
  email: string
  full_name: string
  password: string
  confirm: string
}

const typed = object({
  email: string(),
  full_name: string(),
  password: string(),
  confirm: string(),
})

const confirmed = typed.check(
  refine(({ password, confirm }) => password === confirm, {
    path: ["confirm"],
    error: "The passwords do not match.",
    // Said together with what else is wrong.
    when: () => true,
  }),
)

const toOwner = transform(
  ({ email, full_name, password }: OwnerFormValues): Owner => ({
    email: email.trim(),
    full_name: full_name.trim() || null,
    password,
  }),
)

export const ownerFormResolver = zodResolver(pipe(pipe(confirmed, toOwner), zOwner), {
  error: fieldMessage,
})
