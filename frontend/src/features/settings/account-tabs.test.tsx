import { screen, waitFor, within } from "@testing-library/react"
import userEvent from "@testing-library/user-event"
import { beforeEach, expect, test } from "vitest"
import { type FakeRequest, type FakeResponse, makeUser } from "@/engine/test"
import { fakeAccounts, PASSWORD } from "@/test/fake-accounts"
import { renderApp } from "@/test/render-app"

const button = (name: string) => screen.findByRole("button", { name })
const click = async (name: string) => userEvent.click(await button(name))
const type = async (testId: string, text: string) =>
  userEvent.type(await screen.findByTestId(testId), text)

/** Renders a settings tab. `respond` handles the requests under users/me, except reading the user. */
function renderTab(
  tab: string,
  respond: (request: FakeRequest) => FakeResponse | undefined = () => undefined,
  user = makeUser(1),
) {
  const requests = fakeAccounts({
    user,
    respond: (request) =>
      request.path.includes("/users/me") && request.path + request.method !== "/api/v1/users/meGET"
        ? respond(request)
        : undefined,
  })
  return { requests, ...renderApp(`/settings?tab=${tab}`) }
}

beforeEach(() => localStorage.setItem("access_token", "good"))

test("a saved name and email are shown immediately everywhere on the page", async () => {
  const changed = makeUser(1, { full_name: "Ada", email: "ada@example.com" })
  const { requests } = renderTab("profile", () => ({ data: changed }))
  await click("Edit")
  expect(await button("Save")).toBeDisabled()
  await userEvent.clear(await screen.findByTestId("full-name-input"))
  await type("full-name-input", "Ada{Enter}")
  expect(await button("Edit")).toHaveFocus()
  expect(requests.find(({ method }) => method === "PATCH")?.body).toEqual({
    full_name: "Ada",
    email: "user1@example.com",
  })
  expect(screen.getAllByText("ada@example.com").length).toBeGreaterThan(1)
})

test("leaving the email empty reports it as invalid, without a request", async () => {
  const { requests } = renderTab("profile")
  await click("Edit")
  await userEvent.clear(await screen.findByTestId("email-input"))
  await userEvent.click(screen.getByRole("heading", { name: "My profile" }))
  expect(await screen.findByText("Invalid email address")).toBeVisible()
  expect(requests.some(({ method }) => method === "PATCH")).toBe(false)
})

test("the profile form shows name and email", async () => {
  renderTab("profile")
  const form = (await button("Edit")).closest("form")
  expect(form).toHaveTextContent("User 1")
  expect(form).toHaveTextContent("user1@example.com")
})

test("Cancel resets the profile form", async () => {
  renderTab("profile")
  await click("Edit")
  await type("full-name-input", " the Second")
  await click("Cancel")
  expect(await button("Edit")).toHaveFocus()
  await click("Edit")
  expect(await screen.findByTestId("full-name-input")).toHaveValue("User 1")
})

test("a taken email is reported, and the form keeps its values", async () => {
  const detail = "User with this email already exists"
  renderTab("profile", () => ({ status: 409, data: { detail, code: "email_taken" } }))
  await click("Edit")
  await type("email-input", ".org{Enter}")
  expect(await screen.findByText(detail)).toBeVisible()
  expect(screen.getByTestId("email-input")).toHaveValue("user1@example.com.org")
})

async function changePassword(from: string, to: string) {
  await type("current-password-input", from)
  await type("new-password-input", to)
  await type("confirm-password-input", to)
  await click("Update Password")
}

test("changing the password does not end the current session", async () => {
  const { requests } = renderTab("password", () => ({ data: {} }))
  await changePassword("an old one", PASSWORD)
  expect(await screen.findByText("Password updated successfully")).toBeInTheDocument()
  expect(requests.find(({ method }) => method === "PATCH")?.body).toEqual({
    current_password: "an old one",
    new_password: PASSWORD,
  })
  expect(localStorage.getItem("access_token")).toBe("good")
  expect(screen.getByTestId("current-password-input")).toHaveValue("")
})

test("a wrong current password is reported, and the form keeps its values", async () => {
  renderTab("password", () => ({ status: 400, data: { detail: "Incorrect password" } }))
  await changePassword("wrong", PASSWORD)
  expect(await screen.findByText("Incorrect password")).toBeVisible()
  expect(screen.getByTestId("new-password-input")).toHaveValue(PASSWORD)
  expect(localStorage.getItem("access_token")).toBe("good")
})

test("recovery codes are shown once, and then only their number", async () => {
  const codes = ["aaaa-bbbb", "cccc-dddd"]
  let count = 1
  const { requests } = renderTab("security", ({ method }) => {
    if (method === "GET") return { data: { count } }
    count = codes.length
    return { data: { codes } }
  })
  expect(await screen.findByText("1 code is left.")).toBeVisible()
  expect(screen.getByText(/which stop working immediately/)).toBeVisible()
  await type("current-password-input", `${PASSWORD}{Enter}`)
  const list = within(await screen.findByRole("list", { name: "Recovery codes" }))
  expect(list.getAllByRole("listitem").map((code) => code.textContent)).toEqual(codes)
  expect(requests.find(({ method }) => method === "POST")?.body).toEqual({ password: PASSWORD })

  const user = userEvent.setup()
  await user.click(await button("Copy"))
  expect(await navigator.clipboard.readText()).toBe("aaaa-bbbb\ncccc-dddd")
  await click("Done")
  expect(await screen.findByText("2 codes are left.")).toBeVisible()
  expect(screen.getByTestId("current-password-input")).toHaveFocus()
  expect(document.body).not.toHaveTextContent("aaaa-bbbb")
})

test("leaving the tab discards the shown recovery codes", async () => {
  renderTab("security", ({ method }) =>
    method === "GET" ? { data: { count: 0 } } : { data: { codes: ["aaaa-bbbb"] } },
  )
  await type("current-password-input", `${PASSWORD}{Enter}`)
  expect(await screen.findByText("aaaa-bbbb")).toBeVisible()
  await userEvent.click(screen.getByRole("tab", { name: "My profile" }))
  await userEvent.click(screen.getByRole("tab", { name: "Security" }))
  expect(await screen.findByTestId("current-password-input")).toHaveValue("")
  expect(screen.queryByText("aaaa-bbbb")).not.toBeInTheDocument()
})

test("deleting an account asks for confirmation and ends the session", async () => {
  const { requests } = renderTab("danger", () => ({ data: {} }))
  await click("Delete Account")
  expect(screen.getByRole("alertdialog")).toHaveTextContent("user1@example.com")
  expect(requests.some(({ method }) => method === "DELETE")).toBe(false)
  await click("Delete")
  expect(await screen.findByRole("heading", { name: "Login to your account" })).toBeVisible()
  expect(await screen.findByText(/account has been successfully deleted/)).toBeInTheDocument()
  await waitFor(() => expect(localStorage.getItem("access_token")).toBeNull())
})

test("a superuser can't delete their account and sees why", async () => {
  renderTab("danger", undefined, makeUser(1, { is_superuser: true }))
  expect(await screen.findByText(/Superusers can't delete their own account/)).toBeVisible()
  expect(await button("Delete Account")).toBeDisabled()
})
