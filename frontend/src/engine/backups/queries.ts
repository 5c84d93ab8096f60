import { queryOptions, useMutation, useQueryClient } from "@tanstack/react-query"
import { backupsCreateBackup, backupsReadBackups, backupsRestoreBackup } from "@/client/sdk.gen"

/** Copying a large database may take minutes. */
const COPY_TIMEOUT_MS = 10 * 60_000

export const backupsQuery = queryOptions({
  queryKey: ["backups"],
  queryFn: async ({ signal }) => (await backupsReadBackups({ signal })).data.data,
})

export function useCreateBackup() {
  const queryClient = useQueryClient()
  return useMutation({
    mutationFn: () => backupsCreateBackup({ timeout: COPY_TIMEOUT_MS }),
    onSuccess: () => queryClient.invalidateQueries(backupsQuery),
  })
}

export function useRestoreBackup() {
  const queryClient = useQueryClient()
  return useMutation({
    mutationFn: async (name: string) =>
      (await backupsRestoreBackup({ path: { name }, timeout: COPY_TIMEOUT_MS })).data,
    // The restore replaces all data.
    onSuccess: () => queryClient.invalidateQueries(),
  })
}
