import type { UserPublic } from "@/client/types.gen"
import { type FakeRequest, fakeBackend, makeUser } from "@/engine/test"

export const PASSWORD = "correct horse"

interface FakeAccountsOptions {
  authRequired?: boolean
  /** `signup` of the about response; older backends lack it. */
  signup?: boolean
  user?: UserPublic
  /** Overrides the default response, unless it returns undefined. */
  respond?: (request: FakeRequest) => ReturnType<Parameters<typeof fakeBackend>[0]> | undefined
}

/** A fake backend with one account. Its password is PASSWORD, its valid access token "good". */
export function fakeAccounts({
  authRequired = true,
  signup,
  user = makeUser(1),
  respond,
}: FakeAccountsOptions = {}) {
  return fakeBackend((request) => {
    const override = respond?.(request)
    if (override) return override
    const path = request.path.replace("/api/v1/", "")
    if (path === "utils/about/") {
      return { data: { version: "0", auth_required: authRequired, signup } }
    }
    if (path === "login/access-token") {
      const { username, password } = request.body as { username: string; password: string }
      return username === user.email && password === PASSWORD
        ? { data: { access_token: "good" } }
        : { status: 400, data: { detail: "Incorrect email or password", code: "incorrect_login" } }
    }
    if (path.startsWith("login/") || path === "users/signup") return { data: {} }
    if (authRequired && request.header("Authorization") !== "Bearer good") {
      return request.header("Authorization")
        ? {
            status: 403,
            data: { detail: "Could not validate credentials", code: "session_expired" },
          }
        : { status: 401, data: { detail: "Not authenticated", code: "not_authenticated" } }
    }
    if (path === "users/me") return { data: user }
    return { data: { data: [], count: 0 } }
  })
}
