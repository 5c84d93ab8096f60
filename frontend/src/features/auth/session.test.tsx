import { act, screen, waitFor, within } from "@testing-library/react"
import userEvent from "@testing-library/user-event"
import { toast } from "sonner"
import { beforeEach, expect, test } from "vitest"
import { makeUser } from "@/engine/test"
import { currentUserQuery } from "@/features/users/current-user"
import { fakeAccounts, PASSWORD } from "@/test/fake-accounts"
import { renderApp } from "@/test/render-app"

const button = (name: string) => screen.getByRole("button", { name })
const heading = (name: string) => screen.findByRole("heading", { name })
const currentUrl = () => window.location.pathname + window.location.search

async function logIn(password = PASSWORD) {
  await userEvent.type(await screen.findByTestId("email-input"), "user1@example.com")
  await userEvent.type(screen.getByTestId("password-input"), `${password}{Enter}`)
}

const superuser = makeUser(1, { is_superuser: true })

/** Opens and fills in the Add User form. */
async function typeUser() {
  await userEvent.click((await screen.findAllByRole("button", { name: "Add User" }))[0] as Element)
  await userEvent.type(await screen.findByLabelText("Full Name"), "Half a name")
  await userEvent.type(screen.getByLabelText("Email"), "new@example.com")
  await userEvent.type(screen.getByLabelText("Set Password"), "a long one")
  await userEvent.type(screen.getByLabelText("Confirm Password"), "a long one")
}

const loggedIn = () => localStorage.setItem("access_token", "good")

beforeEach(() => localStorage.removeItem("access_token"))

test("a logged-out user is redirected to the login, and after it to the requested page", async () => {
  const requests = fakeAccounts({ user: superuser })
  renderApp("/admin?page=3")
  expect(await heading("Login to your account")).toBeVisible()
  expect(currentUrl()).toBe("/login")
  await logIn()
  expect(await heading("Users")).toBeVisible()
  expect(localStorage.getItem("access_token")).toBe("good")
  expect(requests.some(({ path }) => path.endsWith("/users/me"))).toBe(true)
  const users = requests.find(({ path }) => path.endsWith("/users/"))
  expect(users?.header("Authorization")).toBe("Bearer good")
  expect(users?.query.get("skip")).toBe("50")
})

test.each([
  ["//evil.example"],
  ["https://evil.example"],
  ["/\\evil.example"],
  ["/.//evil.example"],
  ["javascript:alert(1)"],
])("a redirect out of the app is ignored: %s", async (address) => {
  fakeAccounts()
  renderApp(`/login?redirect=${encodeURIComponent(address)}`)
  await logIn()
  expect(await heading("Hi, User 1")).toBeVisible()
  expect(currentUrl()).toBe("/")
})

test("a wrong password is reported, and the email is retained", async () => {
  fakeAccounts()
  renderApp("/login")
  await logIn("wrong")
  expect(await screen.findByText("Incorrect email or password")).toBeVisible()
  expect(screen.getByTestId("email-input")).toHaveValue("user1@example.com")
  expect(localStorage.getItem("access_token")).toBeNull()
})

test("a rate-limited login shows the backend's message", async () => {
  const detail = "Too many failed attempts. Try again in 4 s."
  fakeAccounts({
    respond: ({ path }) =>
      path.endsWith("access-token") ? { status: 429, data: { detail } } : undefined,
  })
  renderApp("/login")
  await logIn()
  expect(await screen.findByText(detail)).toBeVisible()
})

test("an invalid email is not sent to the backend", async () => {
  const requests = fakeAccounts()
  renderApp("/login")
  await userEvent.type(await screen.findByTestId("email-input"), "no email{Enter}")
  expect(await screen.findByText("Invalid email address")).toBeVisible()
  expect(screen.getByTestId("email-input")).toBeInvalid()
  expect(requests.some(({ path }) => path.includes("/login/"))).toBe(false)
})

test.each(["ünal@example.com", "ada@xn--e1afmkfd.xn--p1ai", "a/b#c@example.com"])(
  "the email %s, which the backend accepts, is sent to it",
  async (email) => {
    fakeAccounts({ user: makeUser(1, { email }) })
    renderApp("/login")
    await userEvent.type(await screen.findByTestId("email-input"), email)
    await userEvent.type(screen.getByTestId("password-input"), `${PASSWORD}{Enter}`)
    expect(await heading("Hi, User 1")).toBeVisible()
  },
)

test("an invalid token redirects to the login, which reports the expired session", async () => {
  localStorage.setItem("access_token", "bad")
  fakeAccounts()
  renderApp("/settings")
  expect(await screen.findByText(/session has expired/)).toBeVisible()
  expect(currentUrl()).toBe("/login")
  expect(localStorage.getItem("access_token")).toBeNull()
  await logIn()
  expect(await heading("Settings")).toBeVisible()
})

test.each([
  ["session_user_deleted", 404, /account was deleted/],
  ["session_user_inactive", 400, /account is inactive/],
])("%s redirects to the login, which reports it", async (code, status, message) => {
  loggedIn()
  fakeAccounts({
    respond: ({ path }) =>
      path.endsWith("/users/me") ? { status, data: { detail: "No.", code } } : undefined,
  })
  renderApp("/")
  expect(await screen.findByText(message)).toBeVisible()
})

test("a session that ends while the app is open redirects to the login and back", async () => {
  loggedIn()
  fakeAccounts({ user: superuser })
  const { router } = renderApp("/")
  await heading("Hi, User 1")
  localStorage.setItem("access_token", "expired")
  await router.navigate({ to: "/admin", search: { page: 2 } })
  expect(await heading("Login to your account")).toBeVisible()
  await logIn()
  expect(await heading("Users")).toBeVisible()
})

test("a 403 for another reason is reported and does not end the session", async () => {
  loggedIn()
  fakeAccounts({
    user: superuser,
    respond: ({ method }) =>
      method === "POST"
        ? { status: 403, data: { detail: "Not enough permissions", code: "not_permitted" } }
        : undefined,
  })
  renderApp("/admin")
  await typeUser()
  await userEvent.click(button("Save"))
  expect(await screen.findByText("Not enough permissions")).toBeVisible()
  expect(localStorage.getItem("access_token")).toBe("good")
  expect(currentUrl()).toBe("/admin")
})

test("a form keeps its values when its request is rejected because the session expired", async () => {
  loggedIn()
  fakeAccounts({ user: superuser })
  renderApp("/admin")
  await typeUser()
  localStorage.setItem("access_token", "expired")
  await userEvent.click(button("Save"))
  const dialog = within(await screen.findByRole("dialog", { name: "Log in again" }))
  expect(await dialog.findByTestId("email-input")).toHaveValue("user1@example.com")
  await userEvent.type(dialog.getByTestId("password-input"), `${PASSWORD}{Enter}`)
  await waitFor(() => expect(screen.queryByText("Log in again")).not.toBeInTheDocument())
  expect(screen.getByLabelText("Full Name")).toHaveValue("Half a name")
  expect(screen.getByRole("dialog", { name: "Add User" })).toContainElement(
    document.activeElement as HTMLElement,
  )
  expect(currentUrl()).toBe("/admin")
})

test("a form keeps its values when a background refetch is rejected because the session expired", async () => {
  loggedIn()
  fakeAccounts({ user: superuser })
  const { queryClient } = renderApp("/admin")
  await typeUser()
  localStorage.setItem("access_token", "expired")
  void queryClient.invalidateQueries()
  const dialog = within(await screen.findByRole("dialog", { name: "Log in again" }))
  await userEvent.type(await dialog.findByTestId("password-input"), `${PASSWORD}{Enter}`)
  await waitFor(() => expect(screen.queryByText("Log in again")).not.toBeInTheDocument())
  expect(screen.getByLabelText("Full Name")).toHaveValue("Half a name")
})

test("logging out dismisses toasts with Undo, which needs the session, and no others", async () => {
  loggedIn()
  fakeAccounts()
  renderApp("/")
  await heading("Hi, User 1")
  const action = { label: "Undo", onClick: () => undefined }
  act(() => {
    toast.success("The item was deleted successfully", { duration: Infinity, action })
    toast.warning("Your browser can't store data", { duration: Infinity })
  })
  expect(await screen.findByText("The item was deleted successfully")).toBeInTheDocument()
  await userEvent.click((await screen.findAllByTestId("user-menu"))[0] as Element)
  await userEvent.click(await screen.findByRole("menuitem", { name: "Log Out" }))
  expect(await heading("Login to your account")).toBeVisible()
  await waitFor(() =>
    expect(screen.queryByText("The item was deleted successfully")).not.toBeInTheDocument(),
  )
  expect(screen.getByText("Your browser can't store data")).toBeInTheDocument()
  toast.dismiss()
})

test("logging out removes the token and clears the query cache", async () => {
  loggedIn()
  fakeAccounts()
  const { queryClient } = renderApp("/settings")
  await userEvent.click((await screen.findAllByTestId("user-menu"))[0] as Element)
  await userEvent.click(await screen.findByRole("menuitem", { name: "Log Out" }))
  expect(await heading("Login to your account")).toBeVisible()
  expect(currentUrl()).toBe("/login")
  expect(localStorage.getItem("access_token")).toBeNull()
  await waitFor(() => expect(queryClient.getQueryData(currentUserQuery.queryKey)).toBeUndefined())
})

test("logging out in another tab logs this one out", async () => {
  loggedIn()
  fakeAccounts()
  const { queryClient } = renderApp("/settings")
  await heading("Settings")
  localStorage.removeItem("access_token")
  window.dispatchEvent(new StorageEvent("storage", { key: "access_token" }))
  expect(await heading("Login to your account")).toBeVisible()
  await waitFor(() => expect(queryClient.getQueryData(currentUserQuery.queryKey)).toBeUndefined())
})

test("a logged-in user is redirected from the login to the home page", async () => {
  loggedIn()
  fakeAccounts()
  renderApp("/login")
  expect(await heading("Hi, User 1")).toBeVisible()
  expect(currentUrl()).toBe("/")
})

test.each([
  ["/login"],
  ["/signup"],
  ["/recover-password"],
  ["/reset-password?token=x"],
  ["/admin"],
])("with authentication off %s redirects to the home page", async (address) => {
  fakeAccounts({ authRequired: false, user: makeUser(1, { is_superuser: true }) })
  renderApp(address)
  expect(await heading("Hi, User 1")).toBeVisible()
  expect(currentUrl()).toBe("/")
})

test("with authentication off there is no Admin link, no user menu and no account tab except My profile", async () => {
  localStorage.setItem("access_token", "stale")
  fakeAccounts({ authRequired: false, user: makeUser(1, { is_superuser: true }) })
  renderApp("/settings")
  expect(await heading("Settings")).toBeVisible()
  expect(screen.queryByRole("link", { name: "Admin" })).not.toBeInTheDocument()
  expect(screen.queryByTestId("user-menu")).not.toBeInTheDocument()
  expect(screen.getByRole("tab", { name: "My profile" })).toBeVisible()
  for (const name of ["Password", "Security", "Danger zone"]) {
    expect(screen.queryByRole("tab", { name })).not.toBeInTheDocument()
  }
})

test("a user who is not a superuser is redirected from the users page", async () => {
  loggedIn()
  fakeAccounts()
  renderApp("/admin")
  expect(await heading("Hi, User 1")).toBeVisible()
  expect(screen.queryByRole("link", { name: "Admin" })).not.toBeInTheDocument()
})

test("the sidebar links a superuser to the users page", async () => {
  loggedIn()
  fakeAccounts({ user: makeUser(1, { is_superuser: true }) })
  renderApp("/")
  await userEvent.click(await screen.findByRole("link", { name: "Admin" }))
  expect(await heading("Users")).toBeVisible()
  expect(currentUrl()).toBe("/admin")
})
