import type { UserSort } from "@/client/types.gen"
import { defaultPageParams, type PageParams, parsePageParams } from "@/engine"

/** What of the users is shown, as it stands in the address: /admin?q=ada&sort=email&page=2. */
export interface UsersSearch extends PageParams {
  q: string
  sort: UserSort
}

/** The backend's own limit. */
export const USER_SEARCH_MAX = Number(import.meta.env.VITE_USER_SEARCH_MAX)

const SORTS: UserSort[] = [
  "-created_at",
  "created_at",
  "email",
  "-email",
  "full_name",
  "-full_name",
]

export const defaultUsersSearch: UsersSearch = { ...defaultPageParams, q: "", sort: "-created_at" }

/** The address bar turns a search for 2026 into a number. */
export function parseUsersSearch(search: { [name in keyof UsersSearch]?: unknown }): UsersSearch {
  return {
    ...parsePageParams(search),
    q: ["string", "number", "boolean"].includes(typeof search.q)
      ? String(search.q).slice(0, USER_SEARCH_MAX).trim()
      : "",
    sort: SORTS.find((sort) => sort === search.sort) ?? defaultUsersSearch.sort,
  }
}
