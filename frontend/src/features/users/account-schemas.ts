/** Zod fields of the account forms: the input is trimmed, then validated with the backend's limits. */
import { minLength, pipe, refine, string, transform } from "zod/mini"
import { zUserRegister } from "@/client/zod.gen"

export const trimmed = pipe(
  string(),
  transform((text) => text.trim()),
)

export const emailSchema = pipe(trimmed, zUserRegister.shape.email)

const emptyToNull = transform((text: string): string | null | undefined => text || null)

export const fullNameSchema = pipe(pipe(trimmed, emptyToNull), zUserRegister.shape.full_name)

export const requiredFullNameSchema = pipe(
  pipe(pipe(trimmed, string().check(minLength(1))), emptyToNull),
  zUserRegister.shape.full_name,
)

export const confirmPasswordSchema = string().check(minLength(1))

/** Check of a form: the field `name` equals `confirm_password`. */
export const passwordsMatch = <Name extends string>(name: Name) =>
  refine<{ confirm_password: string } & { [name in Name]?: string | undefined }>(
    (values) => (values[name] ?? "") === values.confirm_password,
    { path: ["confirm_password"], error: "The passwords don't match" },
  )
