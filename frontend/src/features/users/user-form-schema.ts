import { zodResolver } from "@hookform/resolvers/zod"
import { boolean, object, pipe, string, transform } from "zod/mini"
import type { UserPublic } from "@/client/types.gen"
import { zUserCreate, zUserUpdate } from "@/client/zod.gen"
import {
  confirmPasswordSchema,
  emailSchema,
  fullNameSchema,
  passwordsMatch,
} from "@/features/users/account-schemas"
import { errorMap } from "@/lib/validation"

export interface UserFormValues {
  email: string
  full_name: string
  password: string
  confirm_password: string
  is_superuser: boolean
  is_active: boolean
}

export interface UserFormResult {
  email: string
  full_name?: string | null | undefined
  /** Undefined if the password does not change. */
  password?: string | undefined
  is_superuser: boolean
  is_active: boolean
}

const fields = {
  email: emailSchema,
  full_name: fullNameSchema,
  is_superuser: boolean(),
  is_active: boolean(),
}

const emptyToUndefined = pipe(
  string(),
  transform((text): string | undefined => text || undefined),
)

export const newUserResolver = zodResolver(
  object({
    ...fields,
    password: zUserCreate.shape.password,
    confirm_password: confirmPasswordSchema,
  }).check(passwordsMatch("password")),
  { error: errorMap },
)

export const editUserResolver = zodResolver(
  object({
    ...fields,
    password: pipe(emptyToUndefined, zUserUpdate.shape.password),
    confirm_password: string(),
  }).check(passwordsMatch("password")),
  { error: errorMap },
)

export const userFormValues = (user?: UserPublic): UserFormValues => ({
  email: user?.email ?? "",
  full_name: user?.full_name ?? "",
  password: "",
  confirm_password: "",
  is_superuser: user?.is_superuser ?? false,
  is_active: user?.is_active ?? true,
})
