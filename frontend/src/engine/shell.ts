/** The desktop shell's commands and events. No other file imports `@tauri-apps/*` or the plugin's guest JS. */
import { Channel, isTauri } from "@tauri-apps/api/core"
import * as plugin from "tauri-plugin-python-backend-api"
import { commands } from "tauri-plugin-python-backend-api"

export type BackendAddress = plugin.Connection
export type BackendFailure = plugin.BackendError
export type BackendState = plugin.BackendState
export type {
  Download,
  HotPatch,
  Recovery,
  ServerFound,
  UpdateOffer,
  UpdateProgress,
} from "tauri-plugin-python-backend-api"

/** Why a server can't be used, or the choice of one not be kept: its message says what to do. */
export class ServerFailure extends Error {
  readonly code: string

  constructor(code: string, message: string) {
    super(message)
    this.code = code
  }
}

/** Whether this page is in the app's own window, rather than in a browser. */
export const runsInShell = (): boolean => isTauri()

/**
 * Waits until the backend is ready and tells where it is; after a failure, a fresh attempt.
 * @throws {BackendFailure}
 */
export const startBackend = (): Promise<BackendAddress> => connect(commands.startBackend)

/**
 * As `startBackend`, on any port instead of the pinned one, which another program has.
 * @throws {BackendFailure}
 */
export const startOnAnotherPort = (): Promise<BackendAddress> => connect(commands.useAnotherPort)

/**
 * Ends the backend cleanly and starts it anew, as after a change of its settings. Resolves once it serves.
 * @throws {BackendFailure}
 */
export async function restartBackend(): Promise<void> {
  await connect(commands.restartBackend)
}

async function connect(command: () => Promise<BackendAddress>): Promise<BackendAddress> {
  const address = await command().catch((reason: unknown) => {
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
export const getServer = (): Promise<string | null> => orServerFailure(commands.getServer())

/**
 * Asks an address, in any form a person may type, whether it is a server this app can use. Nothing changes.
 * @throws {ServerFailure}
 */
export const checkServer = (address: string): Promise<plugin.ServerFound> =>
  orServerFailure(commands.checkServer(address))

/**
 * Works on that server's data from now on. Never resolves: the page is loaded anew.
 * @throws {ServerFailure} Nothing has changed then.
 */
export const switchToServer = (address: string): Promise<never> =>
  orServerFailure(commands.useServer(address)).then(startOver)

/**
 * Goes back to this computer's data, which are as they were. Never resolves: the page is loaded anew.
 * @throws {ServerFailure} Nothing has changed then.
 */
/** `leave` is called once the server is not used any more, before the page is loaded anew. */
export const switchToLocalData = (leave: () => void): Promise<never> =>
  orServerFailure(commands.useLocalData()).then(() => {
    leave()
    return startOver()
  })

/** Nothing of the one place's data, or of its login, stays in the page of the other. */
function startOver(): Promise<never> {
  window.location.replace("/")
  return new Promise(() => undefined)
}

function orServerFailure<T>(answer: Promise<T>): Promise<T> {
  return answer.catch((reason: unknown) => {
    const { code, message } = toFailure(reason)
    throw new ServerFailure(code, message)
  })
}

export const { getRecovery, getAppDataDir, areUpdatesOn } = commands

export async function openDataDir(): Promise<void> {
  await commands.openDataDir()
}

export async function openLogs(): Promise<void> {
  await commands.openLogs()
}

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
  return JSON.parse(new TextDecoder().decode(await orError(commands.getLicences())))
}

/**
 * CycloneDX JSON.
 * @throws {Error} Why there is none, and what to do.
 */
export const getBillOfMaterials = (): Promise<ArrayBuffer> => orError(commands.getBillOfMaterials())

/**
 * Null if there is nothing newer.
 * @throws {Error} Why it can't be known, and what to do.
 */
export const checkForUpdate = (): Promise<plugin.UpdateOffer | null> =>
  orError(commands.checkForUpdate())

/**
 * Fetches what the last check found.
 * @throws {Error} Why it is not there, and what to do.
 */
export async function downloadUpdate(
  onProgress: (progress: plugin.UpdateProgress) => void,
): Promise<void> {
  await orError(commands.downloadUpdate(new Channel(onProgress)))
}

/**
 * Ends the app and starts the version that was downloaded. Never resolves.
 * @throws {Error} Why it was not installed; the app then goes on as it is.
 */
export async function installUpdate(): Promise<void> {
  await orError(commands.installUpdate())
}

/** A command turned down, as an error with its words for the person: the command's own, or Tauri's bare string. */
function orError<T>(answer: Promise<T>): Promise<T> {
  return answer.catch((reason: { message?: string } | string) => {
    throw new Error((typeof reason === "string" ? reason : reason.message) ?? "The shell refused.")
  })
}

export async function quit(): Promise<void> {
  await commands.quit()
}

export function onBackendState(handler: (state: BackendState) => void): Promise<() => void> {
  return plugin.onBackendState((state) =>
    handler("error" in state ? { ...state, error: toFailure(state.error) } : state),
  )
}

/** The menu's Settings. */
export const onOpenSettings = (handler: () => void): Promise<() => void> =>
  plugin.onOpenSettings(handler)

/** A file that the page offered was saved, or could not be. */
export const { onDownload, onHotPatch } = plugin

/** The native window's title bar; in a browser the document's title is enough. */
export async function setWindowTitle(title: string): Promise<void> {
  if (!runsInShell()) return
  const { getCurrentWindow } = await import("@tauri-apps/api/window")
  await getCurrentWindow().setTitle(title)
}

/** Frame and menu of the native window follow the page's theme; without a choice, the system's. */
export async function setWindowTheme(
  choice: plugin.PageTheme | null,
  background: plugin.PageTheme,
): Promise<void> {
  if (runsInShell()) await commands.setWindowTheme(choice, background)
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
