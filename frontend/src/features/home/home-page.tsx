import { useSuspenseQuery } from "@tanstack/react-query"
import { PageHeader } from "@/engine"
import { RecentItems } from "@/features/home/recent-items"
import { AddItemDialog } from "@/features/items/add-item-dialog"
import { currentUserQuery, displayName } from "@/features/users/current-user"

export function HomePage() {
  const { data: user } = useSuspenseQuery(currentUserQuery)
  return (
    <>
      <PageHeader
        title={
          <>
            Hi,{" "}
            <bdi className="inline-block max-w-[calc(100%-3rem)] truncate align-bottom">
              {displayName(user)}
            </bdi>
          </>
        }
        description="Welcome back, nice to see you again!!!"
      >
        <AddItemDialog />
      </PageHeader>
      <RecentItems />
    </>
  )
}
