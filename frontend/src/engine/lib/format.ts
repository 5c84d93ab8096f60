const dateTime = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "short" })
const integer = new Intl.NumberFormat()

/** An ISO 8601 instant, in this machine's zone and language. */
export const formatDateTime = (iso: string): string => dateTime.format(new Date(iso))
export const formatCount = (count: number): string => integer.format(count)

/** At most two letters or digits: of the first and last word of a name, or of an address's local part. */
export function initials(nameOrEmail: string): string {
  const letters = nameOrEmail
    .replace(/@.*/, "")
    .split(/[\s._-]+/)
    .flatMap((word) => /[\p{L}\p{N}]/u.exec(word) ?? [])
  const last = letters.length > 1 ? letters.at(-1) : ""
  return `${letters[0] ?? "?"}${last}`.toUpperCase()
}

const units = ["byte", "kilobyte", "megabyte", "gigabyte"]

/** A number of bytes in the largest unit of which there is at least one. */
export function formatBytes(bytes: number): string {
  const power =
    bytes < 1 ? 0 : Math.min(units.length - 1, Math.floor(Math.log(bytes) / Math.log(1_000)))
  return new Intl.NumberFormat(undefined, {
    style: "unit",
    unit: units[power],
    unitDisplay: power === 0 ? "long" : "short",
    maximumFractionDigits: 1,
  }).format(bytes / 1_000 ** power)
}
