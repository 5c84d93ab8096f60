/** Long enough for the download to read the content. */
const REVOKE_AFTER_MS = 60_000

/** Saves a file to the downloads folder, by a download of the browser or the webview. */
export function saveFile(content: Blob, name: string): void {
  const url = URL.createObjectURL(content)
  const link = document.createElement("a")
  link.href = url
  link.download = name
  link.click()
  setTimeout(() => URL.revokeObjectURL(url), REVOKE_AFTER_MS)
}
