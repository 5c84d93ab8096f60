/** Hands a file to the browser or the window, which keep it among the downloads. */
export function saveFile(content: Blob, name: string): void {
  const url = URL.createObjectURL(content)
  const link = document.createElement("a")
  link.href = url
  link.download = name
  link.click()
  // The download has taken hold of the content by then.
  setTimeout(() => URL.revokeObjectURL(url), 60_000)
}
