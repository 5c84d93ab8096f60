import type { ItemPublic } from "@/client/types.gen"

export const makeItem = (number: number): ItemPublic => ({
  id: `00000000-0000-4000-8000-${String(number).padStart(12, "0")}`,
  owner_id: "00000000-0000-4000-8000-000000000000",
  title: `Item ${number}`,
  description: null,
  created_at: "2026-01-02T03:04:05Z",
})
