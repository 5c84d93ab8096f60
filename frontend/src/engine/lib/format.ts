const DATE_TIME = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "short" })
const INTEGER = new Intl.NumberFormat()

/** Formats an ISO 8601 instant in the user's time zone and language. */
export const formatDateTime = (iso: string): string => DATE_TIME.format(new Date(iso))
/** Formats an integer in the user's language. */
export const formatCount = (count: number): string => INTEGER.format(count)

/** Up to two letters or digits: the initials of the first and last word of a name, or of an email's local part. */
export function initials(nameOrEmail: string): string {
  const letters = nameOrEmail
    .replace(/@.*/, "")
    .split(/[\s._-]+/)
    .flatMap((word) => /[\p{L}\p{N}]/u.exec(word) ?? [])
  const last = letters.length > 1 ? letters.at(-1) : ""
  return `${letters[0] ?? "?"}${last}`.toUpperCase()
}

const UNITS = ["byte", "kilobyte", "megabyte", "gigabyte"]

/** Formats a number of bytes in decimal units: bytes, kB, MB or GB. */
export function formatBytes(bytes: number): string {
  const power =
    bytes < 1 ? 0 : Math.min(UNITS.length - 1, Math.floor(Math.log(bytes) / Math.log(1_000)))
  return new Intl.NumberFormat(undefined, {
    style: "unit",
    unit: UNITS[power],
    unitDisplay: power === 0 ? "long" : "short",
    maximumFractionDigits: 1,
  }).format(bytes / 1_000 ** power)
}
