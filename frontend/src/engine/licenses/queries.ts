import { queryOptions } from "@tanstack/react-query"
import { getLicences } from "@/engine/shell"

/** From the shell, so it needs no backend. The same for as long as the app runs. */
export const licensesQuery = queryOptions({
  queryKey: ["licences"],
  queryFn: getLicences,
  retry: false,
  networkMode: "always",
  staleTime: Number.POSITIVE_INFINITY,
})
