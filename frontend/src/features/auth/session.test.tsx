import { screen, waitFor, within } from "@testing-library/react"
import userEvent from "@testing-library/user-event"
import { beforeEach, expect, test } from "vitest"
import { makeUser } from "@/engine/test"
import { currentUserQuery } from "@/features/users/current-user"
import { fakeAccounts, PASSWORD } from "@/test/fake-accounts"
import { renderApp } from "@/test/render-app"

const button = (name: string) => screen.getByRole("button", { name })
const heading = (name: string) => screen.findByRole("heading", { name })
const here = () => window.location.pathname + window.location.search

async function logIn(password = PASSWORD) {
  await userEvent.type(await screen.findByTestId("email-input"), "user1@example.com")
  await userEvent.type(screen.getByTestId("password-input"), `${password}{Enter}`)
}

const superuser = makeUser(1, { is_superuser: true })

/** Fills in the form for a new user. */
async function typeUser() {
  await userEvent.click((await screen.findAllByRole("button", { name: "Add User" }))[0] as Element)
  await userEvent.type(await screen.findByLabelText("Full name"), "Half a name")
  await userEvent.type(screen.getByLabelText("Email"), "new@example.com")
  await userEvent.type(screen.getByLabelText("Set Password"), "a long one")
  await userEvent.type(screen.getByLabelText("Confirm Password"), "a long one")
}

const loggedIn = () => localStorage.setItem("access_token", "good")

beforeEach(() => localStorage.removeItem("access_token"))

test("whoever is not logged in logs in first, and then is where they wanted to be", async () => {
  const requests = fakeAccounts({ user: superuser })
  renderApp("/admin?page=3")
  expect(await heading("Login to your account")).toBeVisible()
  expect(here()).toBe("/login")
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
])("an address that leads out of the app is not followed: %s", async (address) => {
  fakeAccounts()
  renderApp(`/login?redirect=${encodeURIComponent(address)}`)
  await logIn()
  expect(await heading("Hi, User 1")).toBeVisible()
  expect(here()).toBe("/")
})

test("a wrong password is said, and what was typed stays", async () => {
  fakeAccounts()
  renderApp("/login")
  await logIn("wrong")
  expect(await screen.findByText("Incorrect email or password")).toBeVisible()
  expect(screen.getByTestId("email-input")).toHaveValue("user1@example.com")
  expect(localStorage.getItem("access_token")).toBeNull()
})

test("too many attempts are told as the backend tells it", async () => {
  const detail = "Too many failed attempts. Try again in 4 s."
  fakeAccounts({
    respond: ({ path }) =>
      path.endsWith("access-token") ? { status: 429, data: { detail } } : undefined,
  })
  renderApp("/login")
  await logIn()
  expect(await screen.findByText(detail)).toBeVisible()
})

test("an email that is none never reaches the backend", async () => {
  const requests = fakeAccounts()
  renderApp("/login")
  await userEvent.type(await screen.findByTestId("email-input"), "nobody{Enter}")
  expect(await screen.findByText("Invalid email address")).toBeVisible()
  expect(screen.getByTestId("email-input")).toBeInvalid()
  expect(requests.some(({ path }) => path.includes("/login/"))).toBe(false)
})

test("a bad token leads to the login, which says so", async () => {
  localStorage.setItem("access_token", "bad")
  fakeAccounts()
  renderApp("/settings")
  expect(await screen.findByText(/session has expired/)).toBeVisible()
  expect(here()).toBe("/login")
  expect(localStorage.getItem("access_token")).toBeNull()
  await logIn()
  expect(await heading("Settings")).toBeVisible()
})

test.each([
  ["session_user_deleted", 404, /account was deleted/],
  ["session_user_inactive", 400, /account is inactive/],
])("%s leads to the login, which says so", async (code, status, said) => {
  loggedIn()
  fakeAccounts({
    respond: ({ path }) =>
      path.endsWith("/users/me") ? { status, data: { detail: "No.", code } } : undefined,
  })
  renderApp("/")
  expect(await screen.findByText(said)).toBeVisible()
})

test("a session that ends while the app is open leads to the login and back", async () => {
  loggedIn()
  fakeAccounts({ user: superuser })
  const { router } = renderApp("/")
  await heading("Hi, User 1")
  localStorage.setItem("access_token", "worn out")
  await router.navigate({ to: "/admin", search: { page: 2 } })
  expect(await heading("Login to your account")).toBeVisible()
  await logIn()
  expect(await heading("Users")).toBeVisible()
})

test("any other 403 says no and keeps the session", async () => {
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
  expect(here()).toBe("/admin")
})

test("what was typed survives the end of the session", async () => {
  loggedIn()
  fakeAccounts({ user: superuser })
  renderApp("/admin")
  await typeUser()
  localStorage.setItem("access_token", "worn out")
  await userEvent.click(button("Save"))
  const dialog = within(await screen.findByRole("dialog", { name: "Log in again" }))
  expect(await dialog.findByTestId("email-input")).toHaveValue("user1@example.com")
  await userEvent.type(dialog.getByTestId("password-input"), `${PASSWORD}{Enter}`)
  await waitFor(() => expect(screen.queryByText("Log in again")).not.toBeInTheDocument())
  expect(screen.getByLabelText("Full name")).toHaveValue("Half a name")
  expect(screen.getByRole("dialog", { name: "Add User" })).toContainElement(
    document.activeElement as HTMLElement,
  )
  expect(here()).toBe("/admin")
})

test("what is being typed survives when the list behind it finds the session ended", async () => {
  loggedIn()
  fakeAccounts({ user: superuser })
  const { queryClient } = renderApp("/admin")
  await typeUser()
  localStorage.setItem("access_token", "worn out")
  void queryClient.invalidateQueries()
  const dialog = within(await screen.findByRole("dialog", { name: "Log in again" }))
  await userEvent.type(await dialog.findByTestId("password-input"), `${PASSWORD}{Enter}`)
  await waitFor(() => expect(screen.queryByText("Log in again")).not.toBeInTheDocument())
  expect(screen.getByLabelText("Full name")).toHaveValue("Half a name")
})

test("logging out forgets the token and all that was loaded", async () => {
  loggedIn()
  fakeAccounts()
  const { queryClient } = renderApp("/settings")
  await userEvent.click((await screen.findAllByTestId("user-menu"))[0] as Element)
  await userEvent.click(await screen.findByRole("menuitem", { name: "Log out" }))
  expect(await heading("Login to your account")).toBeVisible()
  expect(here()).toBe("/login")
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

test("whoever is logged in has no business at the login", async () => {
  loggedIn()
  fakeAccounts()
  renderApp("/login")
  expect(await heading("Hi, User 1")).toBeVisible()
  expect(here()).toBe("/")
})

test.each([
  ["/login"],
  ["/signup"],
  ["/recover-password"],
  ["/reset-password?token=x"],
  ["/admin"],
])("with authentication off %s is the home page", async (address) => {
  fakeAccounts({ authRequired: false, user: makeUser(1, { is_superuser: true }) })
  renderApp(address)
  expect(await heading("Hi, User 1")).toBeVisible()
  expect(here()).toBe("/")
})

test("with authentication off there is no login wall, and nothing to administer or log out of", async () => {
  localStorage.setItem("access_token", "left over")
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

test("only a superuser gets to the users", async () => {
  loggedIn()
  fakeAccounts()
  renderApp("/admin")
  expect(await heading("Hi, User 1")).toBeVisible()
  expect(screen.queryByRole("link", { name: "Admin" })).not.toBeInTheDocument()
})

test("a superuser finds the users in the menu", async () => {
  loggedIn()
  fakeAccounts({ user: makeUser(1, { is_superuser: true }) })
  renderApp("/")
  await userEvent.click(await screen.findByRole("link", { name: "Admin" }))
  expect(await heading("Users")).toBeVisible()
  expect(here()).toBe("/admin")
})
