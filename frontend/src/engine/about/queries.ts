import { queryOptions } from "@tanstack/react-query"
import { utilsReadAbout, utilsReadDiagnostics } from "@/client/sdk.gen"

/** The version, and whether one must log in. Changes only with a restart of the backend. */
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
