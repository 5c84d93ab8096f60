import { beforeEach, expect, test } from "vitest"
import {
  usersDeleteUser,
  usersReadUserMe,
  usersReadUsers,
  usersUpdateUserMe,
} from "@/client/sdk.gen"
import { server } from "@/lib/connection"
import { attachSession, endSession, isLoggedIn, sessionEnd, startSession } from "@/lib/session"
import { fakeBackend, makeUser } from "@/test/fake-backend"

attachSession()
beforeEach(() => {
  server.set(undefined)
  startSession("mine")
})

const refuse = (status: number, detail: string, code?: string) =>
  fakeBackend(() => ({ status, data: { detail, code } }))

test("a read that is refused ends the session, and a write is known to be unsaved", async () => {
  refuse(403, "Could not validate credentials")
  await expect(usersReadUsers()).rejects.toThrow()
  expect(isLoggedIn()).toBe(false)
  expect(sessionEnd.get()).toEqual({ reason: "expired", unsaved: false })

  startSession("mine")
  expect(sessionEnd.get()).toBeUndefined()
  await expect(usersUpdateUserMe({ body: { full_name: "Ada" } })).rejects.toThrow()
  expect(sessionEnd.get()).toEqual({ reason: "expired", unsaved: true })
})

test("what is read in the background does not close a form that waits for a new login", async () => {
  refuse(401, "Not authenticated")
  await expect(usersUpdateUserMe({ body: { full_name: "Ada" } })).rejects.toThrow()
  await expect(usersReadUsers()).rejects.toThrow()
  expect(sessionEnd.get()).toEqual({ reason: "expired", unsaved: true })
})

test("who never logged in is not told that a session ended", async () => {
  endSession()
  refuse(401, "Not authenticated")
  await expect(usersReadUsers()).rejects.toThrow()
  expect(sessionEnd.get()).toEqual({ reason: "needed", unsaved: false })
})

test("a request that comes after the refused token doesn't hide why the session ended", async () => {
  refuse(403, "Could not validate credentials")
  await expect(usersReadUsers()).rejects.toThrow()
  refuse(401, "Not authenticated")
  await expect(usersReadUsers()).rejects.toThrow()
  expect(sessionEnd.get()?.reason).toBe("expired")
})

test("the refusal of an older token leaves the newer session alone", async () => {
  fakeBackend(() => {
    startSession("newer")
    return { status: 403, data: { detail: "Could not validate credentials" } }
  })
  await expect(usersReadUsers()).rejects.toThrow()
  expect(isLoggedIn()).toBe(true)
})

test.each([
  [403, "The user doesn't have enough privileges", undefined],
  [404, "Backup not found", undefined],
  [400, "Incorrect password", undefined],
  [401, "The launch token is missing", "launch_token"],
  [503, "The database is busy", "database_busy"],
])("a %s that only says no keeps the session: %s", async (status, detail, code) => {
  refuse(status, detail, code)
  await expect(usersReadUserMe()).rejects.toThrow()
  expect(isLoggedIn()).toBe(true)
})

test("that somebody else's account is gone says nothing about one's own", async () => {
  refuse(404, "User not found")
  await expect(usersDeleteUser({ path: { user_id: makeUser(2).id } })).rejects.toThrow()
  expect(isLoggedIn()).toBe(true)
  await expect(usersReadUserMe()).rejects.toThrow()
  expect(sessionEnd.get()?.reason).toBe("gone")
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
