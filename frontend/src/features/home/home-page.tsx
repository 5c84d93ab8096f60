import { useSuspenseQuery } from "@tanstack/react-query"
import { PageHeader } from "@/components/layout/page-header"
import { RecentItems } from "@/features/home/recent-items"
import { AddItemDialog } from "@/features/items/add-item-dialog"
import { currentUserQuery, displayName } from "@/features/users/current-user"

export function HomePage() {
  const { data: user } = useSuspenseQuery(currentUserQuery)
  return (
    <>
      <PageHeader title={
          <span className="flex">
            <span className="shrink-0 whitespace-pre">Hi, </span>
            <bdi className="truncate">{displayName(user)}</bdi>
          </span>
        }
        text="Welcome back, nice to see you again!!!"
      >
        <AddItemDialog />
      </PageHeader>
      <RecentItems />
    </>
  )
}
