import { queryOptions, useMutation, useQueryClient } from "@tanstack/react-query"
import { settingsReadSettings, settingsUpdateSettings } from "@/client/sdk.gen"
import type { SettingsUpdate } from "@/client/types.gen"

/** Runtime settings of the local backend. For superusers only. */
export const settingsQuery = queryOptions({
  queryKey: ["settings"],
  queryFn: async ({ signal }) => (await settingsReadSettings({ signal })).data,
})

/** Updates runtime settings, and the cached settings from the response. */
export function useUpdateSettings() {
  const queryClient = useQueryClient()
  return useMutation({
    mutationFn: async (body: SettingsUpdate) => (await settingsUpdateSettings({ body })).data,
    onSuccess: (settings) => queryClient.setQueryData(settingsQuery.queryKey, settings),
  })
}
