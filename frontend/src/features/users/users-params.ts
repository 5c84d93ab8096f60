import type { UserSort } from "@/client/types.gen"
import { defaultPageParams, type PageParams, parsePageParams, parseSearchText } from "@/engine"

/** Search parameters of the users page: /admin?q=ada&sort=email&page=2. */
export interface UsersParams extends PageParams {
  q: string
  sort: UserSort
}

export const defaultUsersParams: UsersParams = { ...defaultPageParams, q: "", sort: "-created_at" }

/** Longest search text that the backend accepts. */
export const USER_SEARCH_MAX = Number(import.meta.env.VITE_USER_SEARCH_MAX)

const SORTS: UserSort[] = [
  "-created_at",
  "created_at",
  "email",
  "-email",
  "full_name",
  "-full_name",
]

/** Validates the search parameters of a URL; an invalid value gets its default. */
export function parseUsersParams(params: { [name in keyof UsersParams]?: unknown }): UsersParams {
  return {
    ...parsePageParams(params),
    q: parseSearchText(params.q, USER_SEARCH_MAX),
    sort: SORTS.find((sort) => sort === params.sort) ?? defaultUsersParams.sort,
  }
}
