import { createErrorMap } from "@/engine"

/** Zod error map of the app's forms: API field names and the labels that messages use for them. */
export const errorMap = createErrorMap({
  title: "Title",
  full_name: "Full Name",
  password: "Password",
  current_password: "Password",
  new_password: "Password",
  confirm_password: "Password confirmation",
})
