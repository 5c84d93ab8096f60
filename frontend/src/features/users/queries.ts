import { keepPreviousData, queryOptions } from "@tanstack/react-query"
import { usersCreateUser, usersDeleteUser, usersReadUsers, usersUpdateUser } from "@/client/sdk.gen"
import type { UserCreate, UserUpdate } from "@/client/types.gen"
import { useListMutation } from "@/engine"
import type { UsersParams } from "@/features/users/users-params"

const USERS_KEY = ["users", "list"]

export const usersQuery = ({ page, size, q, sort }: UsersParams) =>
  queryOptions({
    queryKey: [...USERS_KEY, { page, size, q, sort }],
    queryFn: async ({ signal }) => {
      const query = { skip: (page - 1) * size, limit: size, q, sort }
      return (await usersReadUsers({ query, signal })).data
    },
    placeholderData: keepPreviousData,
  })

export const useCreateUser = () =>
  useListMutation(USERS_KEY, (body: UserCreate) => usersCreateUser({ body }))

export const useUpdateUser = (userId: string) =>
  useListMutation(USERS_KEY, (body: UserUpdate) =>
    usersUpdateUser({ path: { user_id: userId }, body }),
  )

export const useDeleteUser = () =>
  useListMutation(USERS_KEY, (userId: string) => usersDeleteUser({ path: { user_id: userId } }))
