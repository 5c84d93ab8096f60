import { errorCode } from "@/engine"

/** Whether the item of a failed request no longer exists. */
export function isItemGone(error: unknown): boolean {
  const code = errorCode(error)
  return code === "item_not_found" || code === "gone"
}
