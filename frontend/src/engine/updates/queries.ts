import { queryOptions } from "@tanstack/react-query"
import { areUpdatesOn } from "@/engine/shell"

/** Decided when the app was built. */
export const updatesEnabledQuery = queryOptions({
  queryKey: ["updates-on"],
  queryFn: areUpdatesOn,
  networkMode: "always",
  staleTime: Number.POSITIVE_INFINITY,
})
