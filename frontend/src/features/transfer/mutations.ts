import { useMutation, useQueryClient } from "@tanstack/react-query"
import { itemsExportItems, itemsImportItems } from "@/client/sdk.gen"
import type { FileFormat } from "@/client/types.gen"
import { ITEMS_KEY } from "@/features/items/queries"

/** 100,000 items take seconds, a slow disk longer. */
const TRANSFER_TIMEOUT_MS = 5 * 60_000

export function useExportItems() {
  return useMutation({
    mutationFn: async (format: FileFormat): Promise<Blob> => {
      const request = { query: { format }, timeout: TRANSFER_TIMEOUT_MS }
      const { data } = await itemsExportItems({ ...request, responseType: "blob" })
      return data as unknown as Blob // the client's type is that of the file's content
    },
  })
}

export function useImportItems() {
  const queryClient = useQueryClient()
  return useMutation({
    mutationFn: async (file: File) =>
      (await itemsImportItems({ body: file, timeout: TRANSFER_TIMEOUT_MS })).data,
    onSuccess: () => queryClient.invalidateQueries({ queryKey: ITEMS_KEY }),
  })
}
