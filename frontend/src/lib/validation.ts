import { createFieldMessage } from "@/engine"

/** Zod `error` function of the app's forms. The labels are used in messages, by the field's name in the API. */
export const fieldMessage = createFieldMessage({
  title: "Title",
  full_name: "Full Name",
  password: "Password",
  current_password: "Password",
  new_password: "Password",
  confirm_password: "Password confirmation",
})
