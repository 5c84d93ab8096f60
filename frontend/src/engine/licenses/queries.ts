import { queryOptions } from "@tanstack/react-query"
import { getLicenses } from "@/engine/shell"

/** Read by the shell without the backend; constant while the app runs. */
export const licensesQuery = queryOptions({
  queryKey: ["licenses"],
  queryFn: getLicenses,
  retry: false,
  networkMode: "always",
  staleTime: Number.POSITIVE_INFINITY,
})
