import { createFieldMessage } from "@/engine"

/** Describes an invalid field. Labels of the fields that messages name, by the field's name in the API. */
export const fieldMessage = createFieldMessage({
  title: "Title",
  full_name: "Full Name",
  password: "Password",
  current_password: "Password",
  new_password: "Password",
  confirm_password: "Password confirmation",
})
