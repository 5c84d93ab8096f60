import { beforeEach, expect, test } from "vitest"
import { usersReadUserMe, usersReadUsers, usersUpdateUserMe } from "@/client/sdk.gen"
import type { ErrorCode } from "@/client/types.gen"
import { server } from "@/engine/connection/connection"
import {
  attachSession,
  endSession,
  isLoggedIn,
  type SessionEnd,
  sessionEnd,
  startSession,
} from "@/engine/connection/session"
import { fakeBackend, makeUser } from "@/engine/test/fake-backend"

attachSession()
beforeEach(() => {
  server.set(undefined)
  startSession("mine")
})

/** The words of a refusal mean nothing to the session: each has others here than the API's. */
const refuse = (status: number, code: ErrorCode) =>
  fakeBackend(() => ({ status, data: { detail: "No.", code } }))

test("a read that is refused ends the session, and a write is known to be unsaved", async () => {
  refuse(403, "session_expired")
  await expect(usersReadUsers()).rejects.toThrow()
  expect(isLoggedIn()).toBe(false)
  expect(sessionEnd.get()).toEqual({ reason: "expired", unsaved: false })

  startSession("mine")
  expect(sessionEnd.get()).toBeUndefined()
  await expect(usersUpdateUserMe({ body: { full_name: "Ada" } })).rejects.toThrow()
  expect(sessionEnd.get()).toEqual({ reason: "expired", unsaved: true })
})

test("what is read in the background does not close a form that waits for a new login", async () => {
  refuse(401, "not_authenticated")
  await expect(usersUpdateUserMe({ body: { full_name: "Ada" } })).rejects.toThrow()
  await expect(usersReadUsers()).rejects.toThrow()
  expect(sessionEnd.get()).toEqual({ reason: "expired", unsaved: true })
})

test("who never logged in is not told that a session ended", async () => {
  endSession()
  refuse(401, "not_authenticated")
  await expect(usersReadUsers()).rejects.toThrow()
  expect(sessionEnd.get()).toEqual({ reason: "login_required", unsaved: false })
})

test("a request that comes after the refused token doesn't hide why the session ended", async () => {
  refuse(403, "session_expired")
  await expect(usersReadUsers()).rejects.toThrow()
  refuse(401, "not_authenticated")
  await expect(usersReadUsers()).rejects.toThrow()
  expect(sessionEnd.get()?.reason).toBe("expired")
})

test("the refusal of an older token leaves the newer session alone", async () => {
  fakeBackend(() => {
    startSession("newer")
    return { status: 403, data: { detail: "No.", code: "session_expired" } }
  })
  await expect(usersReadUsers()).rejects.toThrow()
  expect(isLoggedIn()).toBe(true)
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
])("a %s that only says no keeps the session: %s", async (status, code) => {
  refuse(status, code)
  await expect(usersReadUserMe()).rejects.toThrow()
  expect(isLoggedIn()).toBe(true)
})

test.each<[number, ErrorCode, SessionEnd]>([
  [403, "session_expired", "expired"],
  [404, "session_user_deleted", "user_deleted"],
  [400, "session_user_inactive", "user_inactive"],
])("a %s with the code %s ends the session as %s", async (status, code, reason) => {
  refuse(status, code)
  await expect(usersReadUserMe()).rejects.toThrow()
  expect(sessionEnd.get()).toEqual({ reason, unsaved: false })
})

test("an error without a code ends nothing, whatever its words", async () => {
  fakeBackend(() => ({ status: 403, data: { detail: "Could not validate credentials" } }))
  await expect(usersReadUserMe()).rejects.toThrow()
  expect(isLoggedIn()).toBe(true)
})

test("each server has a login of its own, and so has this computer", async () => {
  const requests = fakeBackend(() => ({ data: makeUser(1) }))
  const shown = async () => {
    await usersReadUserMe()
    return requests.at(-1)?.header("Authorization")
  }
  const places = { "https://a.example.com": "of a", "https://b.example.com": "of b" }
  for (const [url, token] of Object.entries(places)) {
    server.set(url)
    expect(isLoggedIn()).toBe(false)
    expect(await shown()).toBeUndefined()
    startSession(token)
    expect(await shown()).toBe(`Bearer ${token}`)
  }
  server.set(undefined)
  expect(await shown()).toBe("Bearer mine")
  endSession()
  server.set("https://a.example.com")
  expect(await shown()).toBe("Bearer of a")
})
