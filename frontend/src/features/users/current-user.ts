import { queryOptions } from "@tanstack/react-query"
import { usersReadUserMe } from "@/client/sdk.gen"
import type { UserPublic } from "@/client/types.gen"

export const currentUserQuery = queryOptions({
  queryKey: ["users", "me"],
  meta: { persist: true },
  queryFn: async ({ signal }) => (await usersReadUserMe({ signal })).data,
})

export const displayName = (user: UserPublic): string => user.full_name || user.email
