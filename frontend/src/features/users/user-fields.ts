/** The fields that the forms about accounts share: what is typed, tidied, then held against the backend's limits. */
import { pipe, refine, string, transform } from "zod/mini"
import { zUserRegister } from "@/client/zod.gen"

export const emailField = pipe(
  pipe(
    string(),
    transform((typed) => typed.trim()),
  ),
  zUserRegister.shape.email,
)

export const fullNameField = pipe(
  pipe(
    string(),
    transform((typed): string | null | undefined => typed.trim() || null),
  ),
  zUserRegister.shape.full_name,
)

/** The check that the new password was typed the same way twice. */
export const typedTwice = <Name extends string>(name: Name) =>
  refine<{ confirm_password: string } & { [name in Name]?: string | undefined }>(
    (typed) => (typed[name] ?? "") === typed.confirm_password,
    { path: ["confirm_password"], error: "The passwords don't match" },
  )
