import { queryOptions } from "@tanstack/react-query"
import { utilsReadAbout, utilsReadDiagnostics } from "@/client/sdk.gen"

/** The backend's version, and whether it requires a login. Changes only when the backend restarts. */
export const aboutQuery = queryOptions({
  queryKey: ["about"],
  meta: { persist: true },
  queryFn: async ({ signal }) => (await utilsReadAbout({ signal })).data,
})

/** For superusers only. */
export const diagnosticsQuery = queryOptions({
  queryKey: ["diagnostics"],
  queryFn: async ({ signal }) => (await utilsReadDiagnostics({ signal })).data,
})
