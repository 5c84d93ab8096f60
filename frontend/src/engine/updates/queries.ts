import { queryOptions } from "@tanstack/react-query"
import { areUpdatesOn } from "@/engine/shell"

/** Whether the app was built with update keys. Constant. */
export const updatesEnabledQuery = queryOptions({
  queryKey: ["updates-enabled"],
  queryFn: areUpdatesOn,
  networkMode: "always",
  staleTime: Number.POSITIVE_INFINITY,
})
