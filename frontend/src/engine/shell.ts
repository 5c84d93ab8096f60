/** The desktop shell's commands and events. No other file imports `@tauri-apps/*`. */
import { Channel, invoke, isTauri } from "@tauri-apps/api/core"
import { listen } from "@tauri-apps/api/event"

export interface BackendAddress {
  base_url: string
  launch_token: string
  /** Whether this page's content security policy lets it connect there. */
  admitted: boolean
}

export interface BackendFailure {
  code: string
  message: string
  log_tail: string[]
}

export type BackendState =
  | { state: "starting" | "slow" | "migrating" | "ready" | "stopping" | "stopped" }
  | { state: "restarting"; attempt: number; of: number; error: BackendFailure }
  | { state: "failed" | "given_up"; error: BackendFailure }

/** Why a server can't be used, or the choice of one not be kept: its message says what to do. */
export class ServerFailure extends Error {
  readonly code: string

  constructor(code: string, message: string) {
    super(message)
    this.code = code
  }
}

/** What is left to someone whose database can't be used. */
export interface Recovery {
  /** Paths of the newest backups, the newest first. */
  backups: string[]
  /** The command that restores the newest. */
  command: string
}

/** Whether this page is in the app's own window, rather than in a browser. */
export const runsInShell = (): boolean => isTauri()

/**
 * Waits until the backend is ready and tells where it is; after a failure, a fresh attempt.
 * @throws {BackendFailure}
 */
export const startBackend = (): Promise<BackendAddress> => ask("start_backend")

/**
 * As `startBackend`, on any port instead of the pinned one, which another program has.
 * @throws {BackendFailure}
 */
export const startOnAnotherPort = (): Promise<BackendAddress> => ask("use_another_port")

/**
 * Ends the backend cleanly and starts it anew, as after a change of its settings. Resolves once it serves.
 * @throws {BackendFailure}
 */
export async function restartBackend(): Promise<void> {
  await ask("restart_backend")
}

async function ask(command: string): Promise<BackendAddress> {
  const address = await invoke<BackendAddress>(command).catch((reason: unknown) => {
    throw toFailure(reason)
  })
  if (address.admitted) return address
  // The backend has another address than the page was loaded for, and a page's policy can't be widened.
  window.location.reload()
  return new Promise(() => undefined)
}

/**
 * The address of the server whose data the app works on, with no slash at its end; null for this computer's.
 * @throws {ServerFailure} It can't be known.
 */
export const getServer = (): Promise<string | null> => askForServer("get_server")

/**
 * Asks an address, in any form a person may type, whether it is a server this app can use. Nothing changes.
 * @throws {ServerFailure}
 */
export const checkServer = (address: string): Promise<ServerFound> =>
  askForServer("check_server", { address })

export interface ServerFound {
  url: string
  version: string
}

/**
 * Works on that server's data from now on. Never resolves: the page is loaded anew.
 * @throws {ServerFailure} Nothing has changed then.
 */
export const chooseServer = (address: string): Promise<never> =>
  askForServer("use_server", { address }).then(startOver)

/**
 * Goes back to this computer's data, which are as they were. Never resolves: the page is loaded anew.
 * @throws {ServerFailure} Nothing has changed then.
 */
/** `leave` is called once the server is not used any more, before the page is loaded anew. */
export const chooseThisComputer = (leave: () => void): Promise<never> =>
  askForServer("use_local_data").then(() => {
    leave()
    return startOver()
  })

/** Nothing of the one place's data, or of its login, stays in the page of the other. */
function startOver(): Promise<never> {
  window.location.replace("/")
  return new Promise(() => undefined)
}

function askForServer<T>(command: string, args?: Record<string, unknown>): Promise<T> {
  return invoke<T>(command, args).catch((reason: unknown) => {
    const { code, message } = toFailure(reason)
    throw new ServerFailure(code, message)
  })
}

export const getRecovery = (): Promise<Recovery> => invoke<Recovery>("get_recovery")
export const getAppDataDir = (): Promise<string> => invoke<string>("get_app_data_dir")
export const openDataDir = (): Promise<void> => invoke<void>("open_data_dir")
export const openLogs = (): Promise<void> => invoke<void>("open_logs")
/** What the app is made of. `runtime/licences.py` writes it. */
export interface Licences {
  rooms: { heading: string; components: LicensedComponent[] }[]
  /** Headings of rooms that could not be listed when the app was built. */
  missing: string[]
  /** Each text once, however many components share it. */
  texts: string[]
}

export interface LicensedComponent {
  name: string
  version: string
  licence: string
  /** Names of files, each with the place of its content among the texts. */
  texts: { file: string; text: number }[]
}

/** @throws {Error} Why they can't be shown, and what to do. */
export async function getLicences(): Promise<Licences> {
  if (!runsInShell()) {
    throw new Error("The installed app's window lists them. Here, `make licences` writes a page.")
  }
  return JSON.parse(new TextDecoder().decode(await getReport("get_licences")))
}

/**
 * CycloneDX JSON.
 * @throws {Error} Why there is none, and what to do.
 */
export const getBillOfMaterials = (): Promise<ArrayBuffer> => getReport("get_bill_of_materials")

/** Whether this build was given what it takes to look for updates. */
export const areUpdatesOn = (): Promise<boolean> => invoke<boolean>("are_updates_on")

export interface UpdateOffer {
  version: string
  notes: string | null
}

/**
 * Null if there is nothing newer.
 * @throws {Error} Why it can't be known, and what to do.
 */
export const checkForUpdate = (): Promise<UpdateOffer | null> => invokeOrThrow("check_for_update")

/** In bytes. */
export interface UpdateProgress {
  received: number
  /** Null where the server doesn't say. */
  total: number | null
}

/**
 * Fetches what the last check found.
 * @throws {Error} Why it is not there, and what to do.
 */
export function downloadUpdate(onProgress: (progress: UpdateProgress) => void): Promise<void> {
  return invokeOrThrow("download_update", { onProgress: new Channel(onProgress) })
}

/**
 * Ends the app and starts the version that was downloaded. Never resolves.
 * @throws {Error} Why it was not installed; the app then goes on as it is.
 */
export const installUpdate = (): Promise<void> => invokeOrThrow("install_update")

const getReport = (command: string): Promise<ArrayBuffer> => invokeOrThrow(command)

/** A command turned down, as an error with its words for the person: the command's own, or Tauri's bare string. */
function invokeOrThrow<T>(command: string, args?: Record<string, unknown>): Promise<T> {
  return invoke<T>(command, args).catch((reason: { message?: string } | string) => {
    throw new Error((typeof reason === "string" ? reason : reason.message) ?? "The shell refused.")
  })
}

export const quit = (): Promise<void> => invoke<void>("quit")

export function onBackendState(handler: (state: BackendState) => void): Promise<() => void> {
  return listen<BackendState>("backend-state", ({ payload }) =>
    handler("error" in payload ? { ...payload, error: toFailure(payload.error) } : payload),
  )
}

/** The menu's Settings. */
export const onOpenSettings = (handler: () => void): Promise<() => void> =>
  listen("open-settings", handler)

export interface Download {
  /** Null where the system doesn't say. */
  path: string | null
  ok: boolean
}

/** A file that the page offered was saved, or could not be. */
export const onDownload = (handler: (download: Download) => void): Promise<() => void> =>
  listen<Download>("download", ({ payload }) => handler(payload))

/** What became of edits of the backend's code, in a debug build of the shell. */
export interface HotPatch {
  /** The last edit, while it can't be taken: the code before it goes on. */
  broken: { title: string; text: string } | null
  /** What the developer's tools found, by its kind: a failed request, problems of lint or types. */
  notes: Record<string, { title: string; text: string }>
  /** What the clients don't know of the API. */
  drift: string | null
  /** How often the code was replaced. */
  patches: number
}

export const onHotPatch = (handler: (report: HotPatch) => void): Promise<() => void> =>
  listen<HotPatch>("hot-patch", ({ payload }) => handler(payload))

/** The native window's title bar; in a browser the document's title is enough. */
export async function setWindowTitle(title: string): Promise<void> {
  if (!runsInShell()) return
  const { getCurrentWindow } = await import("@tauri-apps/api/window")
  await getCurrentWindow().setTitle(title)
}

/** Frame and menu of the native window become as the page is; without a choice, as the system has them. */
export async function setWindowTheme(
  choice: "light" | "dark" | null,
  ground: "light" | "dark",
): Promise<void> {
  if (runsInShell()) await invoke<void>("dress_window", { choice, ground })
}

/** A command can also be turned down by Tauri itself, with a bare string. */
function toFailure(reason: unknown): BackendFailure {
  const { code, message, log_tail } = (reason ?? {}) as Partial<BackendFailure>
  return {
    code: code ?? "unknown",
    message: message ?? (reason ? String(reason) : "It failed without giving a reason."),
    log_tail: Array.isArray(log_tail) ? log_tail : [],
  }
}
