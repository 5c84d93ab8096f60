import { errorCode } from "@/engine"

/** Whether a request failed because its item no longer exists. */
export function isItemGone(error: unknown): boolean {
  const code = errorCode(error)
  return code === "item_not_found" || code === "gone"
}
