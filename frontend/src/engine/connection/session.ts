/** Who is logged in: the login token, and what its refusal means. No other file knows the token. */
import { type InternalAxiosRequestConfig, isAxiosError } from "axios"
import { client } from "@/client/client.gen"
import type { ErrorCode } from "@/client/types.gen"
import { server } from "@/engine/connection/connection"
import { errorCode } from "@/engine/connection/errors"
import { createStore } from "@/engine/lib/store"

/** Each server has its own, and so has this computer's data: what opens the one is never shown to another. */
function tokenKey(): string {
  const url = server.get()
  return url ? `access_token ${url}` : "access_token"
}

/** `login_required`: there was no session, and the backend now requires one. */
export type SessionEnd = "expired" | "user_deleted" | "user_inactive" | "login_required"

/** How the last session ended, if it was not by logging out. `unsaved`: while something was typed or saved. */
export const sessionEnd = createStore<{ reason: SessionEnd; unsaved: boolean } | undefined>(
  undefined,
)

export const isLoggedIn = (): boolean => readToken() !== null

export function startSession(token: string): void {
  localStorage.setItem(tokenKey(), token)
  sessionEnd.set(undefined)
}

export function endSession(): void {
  localStorage.removeItem(tokenKey())
  sessionEnd.set(undefined)
}

/** Calls back when another tab logs in or out. Returns how to stop. */
export function onSessionChangedInOtherTab(listener: () => void): () => void {
  const onStorage = ({ key }: StorageEvent) => {
    if (key === tokenKey() || key === null) listener()
  }
  window.addEventListener("storage", onStorage)
  return () => window.removeEventListener("storage", onStorage)
}

/** Called once. From then on requests carry the token, and its refusal ends the session. */
export function attachSession(): void {
  client.instance.interceptors.request.use((request) => {
    const token = readToken()
    if (token && goesToBackend(request)) request.headers.set("Authorization", `Bearer ${token}`)
    return request
  })
  client.instance.interceptors.response.use(undefined, (error: unknown) => {
    const reason = whyRefused(error)
    if (reason && isAxiosError(error))
      onRefusal(reason, error.config?.method !== "get" || isTyping())
    throw error
  })
}

const readToken = () => localStorage.getItem(tokenKey())

/** Whether a dialog with a form is open, which leaving the page would close. */
const isTyping = () => document.querySelector("[role=dialog] form") !== null

function goesToBackend({ url }: InternalAxiosRequestConfig): boolean {
  const { baseURL } = client.getConfig()
  return Boolean(url && baseURL && new URL(url).origin === new URL(baseURL).origin)
}

const ENDS: { [code in ErrorCode]?: SessionEnd } = {
  session_expired: "expired",
  session_user_deleted: "user_deleted",
  session_user_inactive: "user_inactive",
}

/** How the session ended, if that is why the request was refused. */
function whyRefused(error: unknown): SessionEnd | undefined {
  if (!isAxiosError(error) || !error.response) return undefined
  const { status, config } = error.response
  const code = errorCode(error)
  if (status === 401) {
    if (code === "launch_token") return undefined
    return config.headers.has("Authorization") ? "expired" : "login_required"
  }
  // A token that was replaced meanwhile says nothing about the one there is now.
  const token = readToken()
  if (!token || config.headers.get("Authorization") !== `Bearer ${token}`) return undefined
  return code && ENDS[code]
}

function onRefusal(reason: SessionEnd, unsaved: boolean): void {
  localStorage.removeItem(tokenKey())
  const known = sessionEnd.get()
  // What is loaded in the background must not close the form that waits for a new login.
  if (known?.unsaved) return
  // Without its token, whatever else was under way is refused as a stranger's.
  sessionEnd.set({ reason: reason === "login_required" && known ? known.reason : reason, unsaved })
}
