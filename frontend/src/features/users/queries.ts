import { keepPreviousData, queryOptions, useMutation, useQueryClient } from "@tanstack/react-query"
import { usersCreateUser, usersDeleteUser, usersReadUsers, usersUpdateUser } from "@/client/sdk.gen"
import type { UserCreate, UserUpdate } from "@/client/types.gen"
import type { UsersSearch } from "@/features/users/users-search"

const USERS_KEY = ["users", "list"]

export const usersQuery = ({ page, size, q, sort }: UsersSearch) =>
  queryOptions({
    queryKey: [...USERS_KEY, { page, size, q, sort }],
    queryFn: async ({ signal }) => {
      const query = { skip: (page - 1) * size, limit: size, q, sort }
      return (await usersReadUsers({ query, signal })).data
    },
    // While the next page loads, the previous one stays.
    placeholderData: keepPreviousData,
  })

/** Each of these is pending until the list on screen shows what changed. */
function useUserMutation<T>(mutationFn: (input: T) => Promise<unknown>) {
  const queryClient = useQueryClient()
  return useMutation({
    mutationFn,
    onSuccess: () => queryClient.invalidateQueries({ queryKey: USERS_KEY }),
  })
}

export const useCreateUser = () => useUserMutation((body: UserCreate) => usersCreateUser({ body }))

export const useUpdateUser = (userId: string) =>
  useUserMutation((body: UserUpdate) => usersUpdateUser({ path: { user_id: userId }, body }))

export const useDeleteUser = () =>
  useUserMutation((userId: string) => usersDeleteUser({ path: { user_id: userId } }))
