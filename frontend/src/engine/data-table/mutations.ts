import { type QueryKey, useMutation, useQueryClient } from "@tanstack/react-query"

/** A mutation that invalidates the queries under `queryKey`. It is pending until they are refetched. */
export function useListMutation<Input>(
  queryKey: QueryKey,
  mutationFn: (input: Input) => Promise<unknown>,
) {
  const queryClient = useQueryClient()
  return useMutation({
    mutationFn,
    onSuccess: () => queryClient.invalidateQueries({ queryKey }),
  })
}

/** A mutation that updates the cached lists under `queryKey` immediately, and rolls back if the request fails. */
export function useOptimisticListMutation<List, Input>(
  queryKey: QueryKey,
  mutationFn: (input: Input) => Promise<unknown>,
  update: (list: List, input: Input) => List,
) {
  const queryClient = useQueryClient()
  return useMutation({
    mutationFn,
    onMutate: async (input: Input) => {
      await queryClient.cancelQueries({ queryKey })
      const previous = queryClient.getQueriesData<List>({ queryKey })
      queryClient.setQueriesData<List>({ queryKey }, (list) => list && update(list, input))
      return previous
    },
    onError: (_error, _input, previous) => {
      for (const [key, list] of previous ?? []) queryClient.setQueryData(key, list)
      void queryClient.invalidateQueries({ queryKey }) // not awaited: the error is shown first
    },
    onSuccess: () => queryClient.invalidateQueries({ queryKey }),
  })
}
