import { queryOptions } from "@tanstack/react-query"
import { usersCountRecoveryCodes } from "@/client/sdk.gen"

export const recoveryCodeCountQuery = queryOptions({
  queryKey: ["recovery-codes"],
  queryFn: async ({ signal }) => (await usersCountRecoveryCodes({ signal })).data.count,
})
