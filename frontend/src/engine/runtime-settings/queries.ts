import { queryOptions, useMutation, useQueryClient } from "@tanstack/react-query"
import { settingsReadSettings, settingsUpdateSettings } from "@/client/sdk.gen"
import type { SettingsUpdate } from "@/client/types.gen"

export const settingsQuery = queryOptions({
  queryKey: ["settings"],
  queryFn: async ({ signal }) => (await settingsReadSettings({ signal })).data,
})

export function useUpdateSettings() {
  const queryClient = useQueryClient()
  return useMutation({
    mutationFn: async (body: SettingsUpdate) => (await settingsUpdateSettings({ body })).data,
    onSuccess: (settings) => queryClient.setQueryData(settingsQuery.queryKey, settings),
  })
}
