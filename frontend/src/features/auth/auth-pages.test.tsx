import { screen, waitFor } from "@testing-library/react"
import userEvent from "@testing-library/user-event"
import { expect, test } from "vitest"
import { fakeAccounts } from "@/test/fake-accounts"
import { renderApp } from "@/test/render-app"

const heading = (name: string) => screen.findByRole("heading", { name })
const click = (name: string) => userEvent.click(screen.getByRole("button", { name }))
const type = async (testId: string, text: string) =>
  userEvent.type(await screen.findByTestId(testId), text)

test("signing up creates an account and redirects to the login", async () => {
  const requests = fakeAccounts()
  renderApp("/signup")
  await type("full-name-input", "  <script>alert(1)</script> ")
  await type("email-input", "new@example.com")
  await type("password-input", "long enough")
  await type("confirm-password-input", "long enough{Enter}")
  expect(await heading("Login to your account")).toBeVisible()
  expect(requests.find(({ path }) => path.endsWith("/users/signup"))?.body).toEqual({
    email: "new@example.com",
    full_name: "<script>alert(1)</script>",
    password: "long enough",
  })
})

test.each([true, undefined])("the login links to sign-up if about.signup is %s", async (signup) => {
  fakeAccounts({ signup })
  renderApp("/login")
  await userEvent.click(await screen.findByRole("link", { name: "Sign up" }))
  expect(await heading("Create an account")).toBeVisible()
})

test("with sign-up disabled, /signup redirects to the login, which has no link to it", async () => {
  fakeAccounts({ signup: false })
  renderApp("/signup?redirect=/items")
  expect(await heading("Login to your account")).toBeVisible()
  expect(screen.getByText(/Ask an administrator to create one/)).toBeVisible()
  expect(screen.queryByRole("link", { name: "Sign up" })).not.toBeInTheDocument()
})

test("an invalid email or password is reported before the sign-up request", async () => {
  const requests = fakeAccounts()
  renderApp("/signup")
  await type("email-input", "no email")
  await type("password-input", "short")
  await type("confirm-password-input", "other")
  await click("Sign Up")
  expect(await screen.findByText("Invalid email address")).toBeVisible()
  expect(screen.getByText("Password must be at least 8 characters")).toBeVisible()
  expect(screen.getByText("The passwords don't match")).toBeVisible()
  expect(requests.some(({ path }) => path.endsWith("/users/signup"))).toBe(false)
})

test("empty sign-up fields are reported by name", async () => {
  fakeAccounts()
  renderApp("/signup")
  await screen.findByTestId("full-name-input")
  await click("Sign Up")
  for (const message of [
    "Full Name is required",
    "Invalid email address",
    "Password is required",
    "Password confirmation is required",
  ]) {
    expect(await screen.findByText(message)).toBeVisible()
  }
})

test("a taken email is reported at the email field", async () => {
  const detail = "The user with this email already exists in the system"
  fakeAccounts({
    respond: ({ path }) =>
      path.endsWith("signup") ? { status: 400, data: { detail, code: "email_taken" } } : undefined,
  })
  renderApp("/signup")
  await type("full-name-input", "Ada")
  await type("email-input", "new@example.com")
  await type("password-input", "long enough")
  await type("confirm-password-input", "long enough{Enter}")
  expect(await screen.findByText(detail)).toBeVisible()
  expect(screen.getByTestId("email-input")).toHaveAccessibleDescription(detail)
  expect(screen.getByTestId("email-input")).toHaveFocus()
})

test("a recovery code leads to a new password, and the URL does not contain the token", async () => {
  const requests = fakeAccounts({
    respond: ({ path }) =>
      path.endsWith("recover-password")
        ? { data: { token: "reset-me", expires_in_s: 600 } }
        : undefined,
  })
  const { router } = renderApp("/login")
  await userEvent.click(await screen.findByRole("link", { name: "Forgot password?" }))
  expect(await heading("Password Recovery")).toBeVisible()
  await type("email-input", "user1@example.com")
  await type("recovery-code-input", " abcd-efgh ")
  await click("Continue")

  expect(await heading("Reset Password")).toBeVisible()
  expect(requests.at(-1)?.body).toEqual({ email: "user1@example.com", code: "abcd-efgh" })
  await waitFor(() => expect(window.location.href).not.toContain("reset-me"))
  expect(JSON.stringify(router.state.location)).not.toContain("reset-me")
  await type("new-password-input", "brand new one")
  await type("confirm-password-input", "brand new one")
  await click("Reset Password")
  expect(await heading("Login to your account")).toBeVisible()
  expect(requests.find(({ path }) => path.endsWith("reset-password"))?.body).toEqual({
    token: "reset-me",
    new_password: "brand new one",
  })
})

test("a wrong recovery code is reported, and the form keeps its values", async () => {
  const detail = "Incorrect email or recovery code"
  fakeAccounts({
    respond: ({ path }) =>
      path.endsWith("recover-password") ? { status: 400, data: { detail } } : undefined,
  })
  renderApp("/recover-password")
  await type("email-input", "user1@example.com")
  await type("recovery-code-input", "wrong{Enter}")
  expect(await screen.findByText(detail)).toBeVisible()
  expect(screen.getByTestId("recovery-code-input")).toHaveValue("wrong")
})

test("an invalid reset token is reported with the next step", async () => {
  fakeAccounts({
    respond: ({ path }) =>
      path.endsWith("reset-password")
        ? { status: 400, data: { detail: "Refused", code: "reset_token_invalid" } }
        : undefined,
  })
  renderApp("/reset-password?token=used")
  await type("new-password-input", "brand new one")
  await type("confirm-password-input", "brand new one{Enter}")
  expect(await screen.findByText(/^Refused. It has expired/)).toBeVisible()
})

test("without a token the page links to the recovery codes instead of a form", async () => {
  fakeAccounts()
  renderApp("/reset-password")
  expect(await screen.findByRole("link", { name: "Enter a recovery code" })).toBeVisible()
  expect(screen.queryByTestId("new-password-input")).not.toBeInTheDocument()
})

test("a password is visible only after Show password", async () => {
  fakeAccounts()
  renderApp("/login")
  const field = await screen.findByTestId("password-input")
  expect(field).toHaveAttribute("type", "password")
  await click("Show password")
  expect(field).toHaveAttribute("type", "text")
  await click("Hide password")
  expect(field).toHaveAttribute("type", "password")
})
