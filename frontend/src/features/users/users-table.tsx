import { useSuspenseQuery } from "@tanstack/react-query"
import type { UserPublic, UserSort } from "@/client/types.gen"
import { Avatar } from "@/components/ui/avatar"
import {
  Table,
  TableBody,
  TableCell,
  TableHead,
  TableHeader,
  TableRow,
} from "@/components/ui/table"
import { DateTime, rowLabelId, SortHeader, TruncatedText } from "@/engine"
import { currentUserQuery, displayName } from "@/features/users/current-user"
import { UserActions } from "@/features/users/user-actions"
import { UserBadges } from "@/features/users/user-badges"

interface UsersTableProps {
  users: UserPublic[]
  sort: UserSort
  onSort: (sort: UserSort) => void
  onEdit: (user: UserPublic) => void
  onDelete: (user: UserPublic) => void
}

/** Narrow windows show the email below the name, and no date. */
const columns = {
  email: "hidden sm:table-cell",
  badges: "w-30 sm:w-44",
  created: "hidden w-48 lg:table-cell",
  actions: "w-14 text-right",
}

export function UsersTable({ users, sort, onSort, onEdit, onDelete }: UsersTableProps) {
  const { data: self } = useSuspenseQuery(currentUserQuery)
  const sorting = { sort, onSort }
  return (
    <Table>
      <TableHeader>
        <tr>
          <SortHeader
            {...sorting}
            label="Full Name"
            ascending="full_name"
            descending="-full_name"
          />
          <SortHeader
            {...sorting}
            label="Email"
            ascending="email"
            descending="-email"
            className={columns.email}
          />
          <TableHead className={columns.badges}>Role</TableHead>
          <SortHeader
            {...sorting}
            label="Created"
            ascending="created_at"
            descending="-created_at"
            descendingFirst
            className={columns.created}
          />
          <TableHead className={columns.actions}>
            <span className="sr-only">Actions</span>
          </TableHead>
        </tr>
      </TableHeader>
      <TableBody>
        {users.map((user) => (
          <TableRow key={user.id}>
            <TableCell>
              <span className="flex items-center gap-3">
                <Avatar name={displayName(user)} className="hidden sm:flex" />
                <span className="grid min-w-0">
                  <TruncatedText
                    id={rowLabelId(user.id)}
                    className={user.full_name ? "font-medium" : "text-muted-foreground"}
                    title={user.full_name ?? undefined}
                  >
                    {user.full_name || "No name"}
                  </TruncatedText>
                  <TruncatedText className="text-muted-foreground text-xs sm:hidden">
                    {user.email}
                  </TruncatedText>
                </span>
              </span>
            </TableCell>
            <TableCell className={columns.email}>
              <TruncatedText className="text-muted-foreground" title={user.email}>
                {user.email}
              </TruncatedText>
            </TableCell>
            <TableCell className={columns.badges}>
              <UserBadges user={user} isSelf={user.id === self.id} />
            </TableCell>
            <TableCell className={columns.created}>
              <DateTime at={user.created_at} className="text-muted-foreground" />
            </TableCell>
            <TableCell className={columns.actions}>
              {/* Users change their own account in the settings. */}
              {user.id !== self.id && (
                <UserActions user={user} onEdit={onEdit} onDelete={onDelete} />
              )}
            </TableCell>
          </TableRow>
        ))}
      </TableBody>
    </Table>
  )
}
