/** The login session: access token, and why the session ended. Only this module reads the token. */
import { type InternalAxiosRequestConfig, isAxiosError } from "axios"
import { client } from "@/client/client.gen"
import type { ErrorCode } from "@/client/types.gen"
import { serverUrl } from "@/engine/connection/connection"
import { errorCode } from "@/engine/connection/errors"
import { createStore } from "@/engine/lib/store"

const SERVER_TOKEN_PREFIX = "access_token "

/** One key per server and one for the local backend, so that a token is sent to its issuer only. */
function tokenKey(): string {
  const url = serverUrl.get()
  return url ? SERVER_TOKEN_PREFIX + url : "access_token"
}

/** `login_required`: there was no session, and the backend now requires one. */
export type SessionEndReason = "expired" | "user_deleted" | "user_inactive" | "login_required"

/** Why the last session ended other than by logout. `unsaved`: a mutation was rejected, or a form was open. */
export const sessionEnd = createStore<{ reason: SessionEndReason; unsaved: boolean } | undefined>(
  undefined,
)

/** Whether there is an access token, which the backend may still reject. */
export const isLoggedIn = (): boolean => readToken() !== null

/** Stores the access token of a login. */
export function startSession(token: string): void {
  localStorage.setItem(tokenKey(), token)
  sessionEnd.set(undefined)
}

/** Logs out: removes the access token. */
export function clearSession(): void {
  localStorage.removeItem(tokenKey())
  sessionEnd.set(undefined)
}

/** Logs out of every server, also if the server choice cannot be read. The local session remains. */
export function clearServerSessions(): void {
  for (const key of Object.keys(localStorage)) {
    if (key.startsWith(SERVER_TOKEN_PREFIX)) localStorage.removeItem(key)
  }
}

/** Calls `listener` when another tab logs in or out. Returns a function that unsubscribes. */
export function onSessionChangedInOtherTab(listener: () => void): () => void {
  const onStorage = ({ key }: StorageEvent) => {
    if (key === tokenKey() || key === null) listener()
  }
  window.addEventListener("storage", onStorage)
  return () => window.removeEventListener("storage", onStorage)
}

/** Call once. Adds the access token to requests to the backend, and ends the session when a response rejects it. */
export function attachSession(): void {
  client.instance.interceptors.request.use((request) => {
    const token = readToken()
    if (token && isBackendRequest(request)) request.headers.set("Authorization", `Bearer ${token}`)
    return request
  })
  client.instance.interceptors.response.use(undefined, (error: unknown) => {
    const reason = endReason(error)
    if (reason && isAxiosError(error))
      onSessionEnd(reason, error.config?.method !== "get" || isFormOpen())
    throw error
  })
}

const readToken = () => localStorage.getItem(tokenKey())

/** Whether a dialog with a form is open; navigation would close it. */
const isFormOpen = () => document.querySelector("[role=dialog] form") !== null

function isBackendRequest({ url }: InternalAxiosRequestConfig): boolean {
  const { baseURL } = client.getConfig()
  return Boolean(url && baseURL && new URL(url).origin === new URL(baseURL).origin)
}

const END_REASON_BY_CODE: { [code in ErrorCode]?: SessionEndReason } = {
  session_expired: "expired",
  session_user_deleted: "user_deleted",
  session_user_inactive: "user_inactive",
}

/** Why the session ended, if the response says so. */
function endReason(error: unknown): SessionEndReason | undefined {
  if (!isAxiosError(error) || !error.response) return undefined
  const { status, config } = error.response
  const code = errorCode(error)
  const token = readToken()
  const authorization = config.headers.get("Authorization")
  // The response to a request before the login does not concern the current session.
  if (token && authorization !== `Bearer ${token}`) return undefined
  if (status === 401) {
    if (code === "launch_token") return undefined
    return authorization ? "expired" : "login_required"
  }
  return token && code ? END_REASON_BY_CODE[code] : undefined
}

function onSessionEnd(reason: SessionEndReason, unsaved: boolean): void {
  localStorage.removeItem(tokenKey())
  const previous = sessionEnd.get()
  // A background query must not close the form that waits for a new login.
  if (previous?.unsaved) return
  // Later responses only report a missing token: the first reason remains.
  sessionEnd.set({
    reason: reason === "login_required" && previous ? previous.reason : reason,
    unsaved,
  })
}
