/**
 * Copies text to the clipboard; without the Clipboard API by `execCommand`.
 * @throws {Error} The browser denies access to the clipboard.
 */
export async function copyText(text: string): Promise<void> {
  if (navigator.clipboard) return navigator.clipboard.writeText(text)
  const field = document.createElement("textarea")
  field.value = text
  field.style.position = "fixed"
  field.style.opacity = "0"
  document.body.append(field)
  field.select()
  const copied = document.execCommand("copy")
  field.remove()
  if (!copied) throw new Error("The browser denied access to the clipboard.")
}
