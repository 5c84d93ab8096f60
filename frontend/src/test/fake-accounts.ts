import type { UserPublic } from "@/client/types.gen"
import { type FakeRequest, fakeBackend, makeUser } from "@/engine/test"

export const PASSWORD = "correct horse"

interface Accounts {
  authRequired?: boolean
  /** As its about tells it; without it, as one of before that was told. */
  signup?: boolean
  user?: UserPublic
  /** Answers before the others do, where it answers at all. */
  answer?: (request: FakeRequest) => ReturnType<Parameters<typeof fakeBackend>[0]> | undefined
}

/** A backend with one account, whose good token is "good". */
export function fakeAccounts({
  authRequired = true,
  signup,
  user = makeUser(1),
  answer,
}: Accounts = {}) {
  return fakeBackend((request) => {
    const special = answer?.(request)
    if (special) return special
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
