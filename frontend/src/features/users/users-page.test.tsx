import { screen, waitFor, within } from "@testing-library/react"
import userEvent from "@testing-library/user-event"
import { beforeEach, expect, test } from "vitest"
import { type FakeRequest, makeUser } from "@/engine/test"
import { fakeAccounts } from "@/test/fake-accounts"
import { renderApp } from "@/test/render-app"

const admin = makeUser(1, { is_superuser: true, full_name: "Ada Admin" })
const others = [
  makeUser(2, { full_name: "<script>alert(1)</script>" }),
  makeUser(3, { full_name: null, is_active: false }),
]
const PASSWORD = "long enough"
const EMAIL_TAKEN = "User with this email already exists"

const button = (name: string) => screen.getByRole("button", { name })
const isList = ({ method, path }: FakeRequest) => method === "GET" && path.endsWith("/users/")

/** Renders the users page for a superuser. `respond` handles mutations. */
function renderUsers(
  address = "/admin",
  respond: (request: FakeRequest) => { status?: number; data: unknown } = () => ({ data: {} }),
) {
  const requests = fakeAccounts({
    user: admin,
    respond: (request) => {
      if (isList(request)) return { data: { data: [admin, ...others], count: 53 } }
      const changes = request.method !== "GET" && request.path.includes("/users/")
      return changes ? respond(request) : undefined
    },
  })
  renderApp(address)
  return requests
}

async function openMenu(text: string, item: string) {
  const row = (await screen.findByText(text, { selector: "td span" })).closest("tr")
  if (!row) throw new Error(`${text} is not in a row`)
  await userEvent.click(within(row).getByRole("button", { name: "Actions" }))
  await userEvent.click(screen.getByRole("menuitem", { name: item }))
}

beforeEach(() => localStorage.setItem("access_token", "good"))

test("users are listed with their roles, and a name is rendered as text", async () => {
  renderUsers()
  const rowOf = async (email: string) =>
    within((await screen.findByTitle(email)).closest("tr") as HTMLElement)
  expect((await rowOf(admin.email)).getByText("You")).toBeVisible()
  expect((await rowOf(admin.email)).getByText("Superuser")).toBeVisible()
  expect((await rowOf(admin.email)).queryByRole("button", { name: "Actions" })).toBeNull()
  expect(screen.getByText("<script>alert(1)</script>")).toBeVisible()
  expect((await rowOf("user3@example.com")).getByText("Inactive")).toBeVisible()
})

test("lists and confirmations isolate the text direction of names and emails", async () => {
  renderUsers()
  for (const text of ["<script>alert(1)</script>", "user2@example.com"]) {
    for (const shown of await screen.findAllByText(text))
      expect(shown).toHaveAttribute("dir", "auto")
  }
  await openMenu("<script>alert(1)</script>", "Delete User")
  const dialog = within(screen.getByRole("alertdialog"))
  expect(dialog.getByText("<script>alert(1)</script>").tagName).toBe("BDI")
  expect(dialog.getByText("user2@example.com").tagName).toBe("BDI")
})

test("the search box has no label or placeholder that matches email", async () => {
  renderUsers()
  await screen.findAllByText("user2@example.com")
  expect(screen.queryByPlaceholderText(/email/i)).not.toBeInTheDocument()
  expect(screen.queryByLabelText(/email/i)).not.toBeInTheDocument()
})

test("paging, sorting and searching send a request and update the URL", async () => {
  const requests = renderUsers("/admin?page=2&size=10")
  await screen.findByText("Ada Admin", { selector: "td span" })
  const lastQuery = () => requests.filter(isList).at(-1)?.query.toString()
  expect(lastQuery()).toBe("skip=10&limit=10&q=&sort=-created_at")
  await userEvent.click(button("Email"))
  await waitFor(() => expect(lastQuery()).toBe("skip=0&limit=10&q=&sort=email"))
  await userEvent.type(screen.getByRole("searchbox"), "ada 2026")
  await waitFor(() => expect(lastQuery()).toBe("skip=0&limit=10&q=ada+2026&sort=email"))
  await userEvent.click(button("Next page"))
  await waitFor(() => expect(lastQuery()).toBe("skip=10&limit=10&q=ada+2026&sort=email"))
  expect(window.location.search).toContain("page=2")
})

test("a page beyond the end is replaced in the history", async () => {
  const entries = window.history.length
  renderUsers("/admin?page=9&size=10")
  await waitFor(() => expect(window.location.search).toContain("page=6"))
  expect(window.history).toHaveLength(entries)
})

test("a search text in the URL is truncated to the backend's limit", async () => {
  const requests = renderUsers(`/admin?q=${"x".repeat(25)}`)
  await screen.findByText("Ada Admin", { selector: "td span" })
  expect(requests.filter(isList).at(-1)?.query.get("q")).toBe("x".repeat(20))
})

test("Escape asks before discarding changes", async () => {
  renderUsers()
  await openMenu("<script>alert(1)</script>", "Edit User")
  await userEvent.type(await screen.findByTestId("full-name-input"), "x")
  await userEvent.keyboard("{Escape}")
  await userEvent.click(await screen.findByRole("button", { name: "Keep editing" }))
  expect(screen.getByTestId("full-name-input")).toHaveValue("<script>alert(1)</script>x")
  await userEvent.keyboard("{Escape}")
  await userEvent.click(await screen.findByRole("button", { name: "Discard" }))
  await waitFor(() => expect(screen.queryByRole("dialog")).not.toBeInTheDocument())
})

test("a new user is sent to the backend", async () => {
  const requests = renderUsers()
  await userEvent.click(await screen.findByRole("button", { name: "Add User" }))
  const email = await screen.findByTestId("email-input")
  expect(email).toHaveFocus()
  await userEvent.type(email, " new@example.com ")
  await userEvent.type(screen.getByTestId("password-input"), PASSWORD)
  await userEvent.type(screen.getByTestId("confirm-password-input"), PASSWORD)
  await userEvent.click(screen.getByLabelText("Is superuser?"))
  await userEvent.keyboard("{Enter}")
  expect(await screen.findByText("User created successfully")).toBeInTheDocument()
  expect(screen.queryByRole("dialog")).not.toBeInTheDocument()
  expect(requests.find(({ method }) => method === "POST")?.body).toEqual({
    email: "new@example.com",
    full_name: null,
    password: PASSWORD,
    is_superuser: true,
    is_active: true,
  })
})

test("different passwords are reported without a request, and Cancel resets the form", async () => {
  const requests = renderUsers()
  await userEvent.click(await screen.findByRole("button", { name: "Add User" }))
  await userEvent.type(await screen.findByTestId("email-input"), "new@example.com")
  await userEvent.type(screen.getByTestId("password-input"), PASSWORD)
  await userEvent.type(screen.getByTestId("confirm-password-input"), `${PASSWORD}?`)
  await userEvent.click(button("Save"))
  expect(await screen.findByText("The passwords don't match")).toBeVisible()
  expect(requests.some(({ method }) => method === "POST")).toBe(false)

  await userEvent.click(button("Cancel"))
  await userEvent.click(button("Add User"))
  expect(await screen.findByTestId("email-input")).toHaveValue("")
})

test("an edit without a new password does not send one", async () => {
  const requests = renderUsers()
  await openMenu("<script>alert(1)</script>", "Edit User")
  const name = await screen.findByTestId("full-name-input")
  await userEvent.clear(name)
  await userEvent.type(name, "Grace{Enter}")
  expect(await screen.findByText("User updated successfully")).toBeInTheDocument()
  const change = requests.find(({ method }) => method === "PATCH")
  expect(change?.path).toBe(`/api/v1/users/${others[0]?.id}`)
  expect(change?.body).toEqual({
    email: "user2@example.com",
    full_name: "Grace",
    is_superuser: false,
    is_active: true,
  })
})

test("a superuser sets another user's password, which needs confirmation", async () => {
  const requests = renderUsers()
  await openMenu("No name", "Edit User")
  await userEvent.type(await screen.findByTestId("password-input"), PASSWORD)
  await userEvent.click(button("Save"))
  expect(await screen.findByText("The passwords don't match")).toBeVisible()
  await userEvent.type(screen.getByTestId("confirm-password-input"), `${PASSWORD}{Enter}`)
  await waitFor(() =>
    expect(requests.find(({ method }) => method === "PATCH")?.body).toMatchObject({
      password: PASSWORD,
    }),
  )
})

test("a taken email is reported at the email field, and the dialog stays open", async () => {
  renderUsers("/admin", () => ({ status: 409, data: { detail: EMAIL_TAKEN, code: "email_taken" } }))
  await openMenu("No name", "Edit User")
  const email = await screen.findByTestId("email-input")
  await userEvent.clear(email)
  await userEvent.type(email, "user2@example.com{Enter}")
  expect(await screen.findByText(EMAIL_TAKEN)).toBeVisible()
  expect(email).toHaveAccessibleDescription(EMAIL_TAKEN)
  expect(email).toHaveValue("user2@example.com")
})

test("a user is deleted after confirmation, and a failure is reported in the dialog", async () => {
  let status = 409
  const requests = renderUsers("/admin", () => ({ status, data: { detail: "The last superuser" } }))
  await openMenu("No name", "Delete User")
  const dialog = screen.getByRole("alertdialog", { name: "Delete User" })
  expect(dialog).toHaveTextContent("user3@example.com")
  expect(requests.some(({ method }) => method === "DELETE")).toBe(false)
  await userEvent.click(button("Delete"))
  expect(await within(dialog).findByText("The last superuser")).toBeVisible()
  status = 200
  await userEvent.click(button("Delete"))
  expect(await screen.findByText("The user was deleted successfully")).toBeInTheDocument()
  expect(requests.findLast(({ method }) => method === "DELETE")?.path).toBe(
    `/api/v1/users/${others[1]?.id}`,
  )
})
