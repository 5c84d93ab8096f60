/** Commands and events of the desktop shell. No other module imports `@tauri-apps/*` or the plugin's guest-js. */
import { Channel, isTauri } from "@tauri-apps/api/core"
import * as plugin from "tauri-plugin-python-backend-api"
import { commands } from "tauri-plugin-python-backend-api"

export type BackendConnection = plugin.Connection
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

/** Why a server is unusable, or why the server choice could not be read or stored. The message says what to do. */
export class ServerFailure extends Error {
  readonly code: string

  constructor(code: string, message: string) {
    super(message)
    this.code = code
  }
}

/** Whether this page runs in the app's window, rather than in a browser. */
export const runsInShell = (): boolean => isTauri()

/**
 * Starts the backend unless it is running, and resolves with its address when it is ready.
 * @throws {BackendFailure}
 */
export const startBackend = (): Promise<BackendConnection> => requestAddress(commands.startBackend)

/**
 * Like `startBackend`, on an ephemeral port instead of the configured port.
 * @throws {BackendFailure}
 */
export const startOnAnotherPort = (): Promise<BackendConnection> =>
  requestAddress(commands.startBackendOnAnotherPort)

/**
 * Restarts the backend gracefully, for example to apply changed settings. Resolves when it is ready.
 * @throws {BackendFailure}
 */
export async function restartBackend(): Promise<void> {
  await requestAddress(commands.restartBackend)
}

async function requestAddress(
  command: () => Promise<BackendConnection>,
): Promise<BackendConnection> {
  const address = await command().catch((reason: unknown) => {
    throw toFailure(reason)
  })
  if (address.allowed_by_csp) return address
  // The page's content security policy has the previous address, and a page cannot extend its policy.
  window.location.reload()
  return new Promise(() => undefined)
}

/**
 * The URL of the chosen server, without a trailing slash; null for the local backend.
 * @throws {ServerFailure} The stored choice cannot be read.
 */
export const getServer = (): Promise<string | null> => rejectWithServerFailure(commands.getServer())

/**
 * Checks whether `address`, as typed by the user, is a server that this app can use. Changes nothing.
 * @throws {ServerFailure}
 */
export const checkServer = (address: string): Promise<plugin.ServerFound> =>
  rejectWithServerFailure(commands.checkServer(address))

/**
 * Stores the server choice and reloads the page. Never resolves.
 * @throws {ServerFailure} A valid choice is unchanged. A damaged server.json may have been renamed, so that
 * the next launch uses local data.
 */
export const switchToServer = (address: string): Promise<never> =>
  rejectWithServerFailure(commands.useServer(address)).then(reloadApp)

/**
 * Clears the server choice, calls `beforeReload` and reloads the page with this computer's data. Never resolves.
 * @throws {ServerFailure} Nothing was changed.
 */
export const switchToLocalData = (beforeReload: () => void): Promise<never> =>
  rejectWithServerFailure(commands.useLocalData()).then(() => {
    beforeReload()
    return reloadApp()
  })

/** Drops all data and session state of this page. */
function reloadApp(): Promise<never> {
  window.location.replace("/")
  return new Promise(() => undefined)
}

/** Rejects with a ServerFailure in place of the plugin's error object. */
function rejectWithServerFailure<T>(response: Promise<T>): Promise<T> {
  return response.catch((reason: unknown) => {
    const { code, message } = toFailure(reason)
    throw new ServerFailure(code, message)
  })
}

/** `getRecovery`: backups and the restore command. `getAppDataDir`: path of the data folder. `areUpdatesOn`: whether this build can check for updates. */
export const { getRecovery, getAppDataDir, areUpdatesOn } = commands

/** Opens the data folder in the file manager. */
export async function openDataDir(): Promise<void> {
  await rejectWithError(commands.openDataDir())
}

/** Opens the logs folder in the file manager. */
export async function openLogs(): Promise<void> {
  await rejectWithError(commands.openLogs())
}

/** The third-party components of the app. `runtime/inventory/licenses.py` writes them. */
export interface Licenses {
  groups: { heading: string; components: LicensedComponent[] }[]
  /** Headings of groups that could not be listed when the app was built. */
  missing: string[]
  /** License texts without duplicates. */
  texts: string[]
}

export interface LicensedComponent {
  name: string
  version: string
  license: string
  /** File names, each with the index of its content in `Licenses.texts`. */
  texts: { file: string; text: number }[]
}

/** @throws {Error} Why the licenses are unavailable, and what to do. */
export async function getLicenses(): Promise<Licenses> {
  if (!runsInShell()) {
    throw new Error(
      "Licenses are listed in the app's window. To write them to a page, run `make licenses`.",
    )
  }
  return JSON.parse(new TextDecoder().decode(await rejectWithError(commands.getLicenses())))
}

/**
 * The bill of materials (SBOM) as CycloneDX JSON.
 * @throws {Error} Why it is unavailable, and what to do.
 */
export async function getBillOfMaterials(): Promise<ArrayBuffer> {
  if (!runsInShell()) {
    throw new Error(
      "The bill of materials is available in the app's window. To write it to a file, run `make sbom`.",
    )
  }
  return rejectWithError(commands.getBillOfMaterials())
}

/**
 * The newest version, or null if the app is up to date.
 * @throws {Error} Why the check failed, and what to do.
 */
export const checkForUpdate = (): Promise<plugin.UpdateOffer | null> =>
  rejectWithError(commands.checkForUpdate())

/**
 * Downloads and verifies the update that the last check found.
 * @throws {Error} Why the download failed, and what to do.
 */
export async function downloadUpdate(
  onProgress: (progress: plugin.UpdateProgress) => void,
): Promise<void> {
  await rejectWithError(commands.downloadUpdate(new Channel(onProgress)))
}

/**
 * Installs the downloaded update and restarts the app. Never resolves.
 * @throws {Error} Why the installation failed; the app continues unchanged.
 */
export async function installUpdate(): Promise<void> {
  await rejectWithError(commands.installUpdate())
}

/** Rejects with an Error in place of the plugin's error object or string, or of Tauri's own string. */
function rejectWithError<T>(response: Promise<T>): Promise<T> {
  return response.catch((reason: { message?: string } | string) => {
    throw new Error(
      (typeof reason === "string" ? reason : reason.message) ??
        "The command failed without an error message. Check the logs.",
    )
  })
}

/** Stops the backend and exits the app. */
export async function quit(): Promise<void> {
  await commands.quit()
}

/** Calls `handler` when the state of the backend changes. */
export function onBackendState(handler: (state: BackendState) => void): Promise<() => void> {
  return plugin.onBackendState((state) =>
    handler("error" in state ? { ...state, error: toFailure(state.error) } : state),
  )
}

/** Calls `handler` when the native menu's Settings item is chosen. */
export const onOpenSettings = (handler: () => void): Promise<() => void> =>
  plugin.onOpenSettings(handler)

/** `onDownload`: a download finished or failed. `onHotPatch`: the state of hot patching changed (development only). */
export const { onDownload, onHotPatch } = plugin

/** Sets the title of the native window. In a browser the document's title suffices. */
export async function setWindowTitle(title: string): Promise<void> {
  if (!runsInShell()) return
  const { getCurrentWindow } = await import("@tauri-apps/api/window")
  await getCurrentWindow().setTitle(title)
}

/** Sets the native window's theme. `choice`: null for the system's theme; `background`: the page's current theme. */
export async function setWindowTheme(
  choice: plugin.PageTheme | null,
  background: plugin.PageTheme,
): Promise<void> {
  if (runsInShell()) await commands.setWindowTheme(choice, background)
}

/** Tauri itself rejects commands with a string instead of an error object. */
function toFailure(reason: unknown): BackendFailure {
  const { code, message, log_tail } = (reason ?? {}) as Partial<BackendFailure>
  return {
    code: code ?? "unknown",
    message:
      message ??
      (reason ? String(reason) : "The command failed without an error message. Check the logs."),
    log_tail: Array.isArray(log_tail) ? log_tail : [],
  }
}
