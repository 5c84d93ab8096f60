import { beforeEach, expect, test } from "vitest"
import { usersReadUserMe, usersReadUsers, usersUpdateUserMe } from "@/client/sdk.gen"
import type { ErrorCode } from "@/client/types.gen"
import { serverUrl } from "@/engine/connection/connection"
import {
  attachSession,
  clearSession,
  isLoggedIn,
  type SessionEndReason,
  sessionEnd,
  startSession,
} from "@/engine/connection/session"
import { fakeBackend, makeUser } from "@/engine/test/fake-backend"

attachSession()
beforeEach(() => {
  serverUrl.set(undefined)
  startSession("mine")
})

/** The message differs from the API's: the session evaluates the code only. */
const respondWithError = (status: number, code: ErrorCode) =>
  fakeBackend(() => ({ status, data: { detail: "No.", code } }))

test("a rejected query ends the session, and a rejected mutation marks it as unsaved", async () => {
  respondWithError(403, "session_expired")
  await expect(usersReadUsers()).rejects.toThrow()
  expect(isLoggedIn()).toBe(false)
  expect(sessionEnd.get()).toEqual({ reason: "expired", unsaved: false })

  startSession("mine")
  expect(sessionEnd.get()).toBeUndefined()
  await expect(usersUpdateUserMe({ body: { full_name: "Ada" } })).rejects.toThrow()
  expect(sessionEnd.get()).toEqual({ reason: "expired", unsaved: true })
})

test("a background query does not close a form that waits for a new login", async () => {
  respondWithError(401, "not_authenticated")
  await expect(usersUpdateUserMe({ body: { full_name: "Ada" } })).rejects.toThrow()
  await expect(usersReadUsers()).rejects.toThrow()
  expect(sessionEnd.get()).toEqual({ reason: "expired", unsaved: true })
})

test("without a session the end reason is login_required", async () => {
  clearSession()
  respondWithError(401, "not_authenticated")
  await expect(usersReadUsers()).rejects.toThrow()
  expect(sessionEnd.get()).toEqual({ reason: "login_required", unsaved: false })
})

test("a response without a token does not replace the reason for the session end", async () => {
  respondWithError(403, "session_expired")
  await expect(usersReadUsers()).rejects.toThrow()
  respondWithError(401, "not_authenticated")
  await expect(usersReadUsers()).rejects.toThrow()
  expect(sessionEnd.get()?.reason).toBe("expired")
})

test("the rejection of an old token does not end the new session", async () => {
  fakeBackend(() => {
    startSession("newer")
    return { status: 403, data: { detail: "No.", code: "session_expired" } }
  })
  await expect(usersReadUsers()).rejects.toThrow()
  expect(isLoggedIn()).toBe(true)
})

test("the rejection of a request without a token does not end a session that started since", async () => {
  clearSession()
  fakeBackend(() => {
    startSession("newer")
    return { status: 401, data: { detail: "No.", code: "not_authenticated" } }
  })
  await expect(usersReadUsers()).rejects.toThrow()
  expect(isLoggedIn()).toBe(true)
  expect(sessionEnd.get()).toBeUndefined()
})

test.each<[number, ErrorCode]>([
  [403, "superuser_required"],
  [403, "not_permitted"],
  [404, "backup_not_found"],
  [404, "user_not_found"],
  [400, "incorrect_password"],
  [400, "user_inactive"],
  [401, "launch_token"],
  [503, "database_busy"],
])("status %s with code %s does not end the session", async (status, code) => {
  respondWithError(status, code)
  await expect(usersReadUserMe()).rejects.toThrow()
  expect(isLoggedIn()).toBe(true)
})

test.each<[number, ErrorCode, SessionEndReason]>([
  [403, "session_expired", "expired"],
  [404, "session_user_deleted", "user_deleted"],
  [400, "session_user_inactive", "user_inactive"],
])("status %s with code %s ends the session as %s", async (status, code, reason) => {
  respondWithError(status, code)
  await expect(usersReadUserMe()).rejects.toThrow()
  expect(sessionEnd.get()).toEqual({ reason, unsaved: false })
})

test("an error without a code does not end the session", async () => {
  fakeBackend(() => ({ status: 403, data: { detail: "Could not validate credentials" } }))
  await expect(usersReadUserMe()).rejects.toThrow()
  expect(isLoggedIn()).toBe(true)
})

test("each server and the local backend have separate sessions", async () => {
  const requests = fakeBackend(() => ({ data: makeUser(1) }))
  const sentToken = async () => {
    await usersReadUserMe()
    return requests.at(-1)?.header("Authorization")
  }
  const tokens = { "https://a.example.com": "of a", "https://b.example.com": "of b" }
  for (const [url, token] of Object.entries(tokens)) {
    serverUrl.set(url)
    expect(isLoggedIn()).toBe(false)
    expect(await sentToken()).toBeUndefined()
    startSession(token)
    expect(await sentToken()).toBe(`Bearer ${token}`)
  }
  serverUrl.set(undefined)
  expect(await sentToken()).toBe("Bearer mine")
  clearSession()
  serverUrl.set("https://a.example.com")
  expect(await sentToken()).toBe("Bearer of a")
})
