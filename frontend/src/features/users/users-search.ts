import type { UserSort } from "@/client/types.gen"
import { defaultPaging, type Paging, parsePaging } from "@/components/data-table/paging"

/** What of the users is shown, as it stands in the address: /admin?q=ada&sort=email&page=2. */
export interface UsersSearch extends Paging {
  q: string
  sort: UserSort
}

const SORTS: UserSort[] = [
  "-created_at",
  "created_at",
  "email",
  "-email",
  "full_name",
  "-full_name",
]

export const defaultUsersSearch: UsersSearch = { ...defaultPaging, q: "", sort: "-created_at" }

/** The address bar turns a search for 2026 into a number. */
export function parseUsersSearch(search: { [name in keyof UsersSearch]?: unknown }): UsersSearch {
  return {
    ...parsePaging(search),
    q: typeof search.q === "string" || typeof search.q === "number" ? String(search.q) : "",
    sort: SORTS.find((sort) => sort === search.sort) ?? defaultUsersSearch.sort,
  }
}
