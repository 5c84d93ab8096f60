/** The fields that the forms about accounts share: what is typed, tidied, then held against the backend's limits. */
import { minLength, pipe, refine, string, transform } from "zod/mini"
import { zUserRegister } from "@/client/zod.gen"

const trimmed = pipe(
  string(),
  transform((typed) => typed.trim()),
)

export const emailField = pipe(trimmed, zUserRegister.shape.email)

const orNone = transform((typed: string): string | null | undefined => typed || null)

export const fullNameField = pipe(pipe(trimmed, orNone), zUserRegister.shape.full_name)

export const requiredFullNameField = pipe(
  pipe(pipe(trimmed, string().check(minLength(1))), orNone),
  zUserRegister.shape.full_name,
)

/** A new password, once more. `typedTwice` compares the two. */
export const confirmPasswordField = string().check(minLength(1))

/** The check that the new password was typed the same way twice. */
export const typedTwice = <Name extends string>(name: Name) =>
  refine<{ confirm_password: string } & { [name in Name]?: string | undefined }>(
    (typed) => (typed[name] ?? "") === typed.confirm_password,
    { path: ["confirm_password"], error: "The passwords don't match" },
  )
