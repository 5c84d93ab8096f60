/** Zod fields of the account forms. Emails and names are trimmed before they are validated, passwords are not. */
import { email, minLength, pipe, refine, regexes, string, transform } from "zod/mini"
import { zUserRegister } from "@/client/zod.gen"

export const trimmed = pipe(
  string(),
  transform((text) => text.trim()),
)

/**
 * The generated schema accepts ASCII addresses only; the backend also accepts Unicode. The backend does the strict
 * validation.
 */
export const emailSchema = pipe(trimmed, email({ pattern: regexes.unicodeEmail }))

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
