import { createFileRoute } from "@tanstack/react-router"
import { HomePage } from "@/features/home/home-page"
import { recentItemsQuery } from "@/features/items/queries"

export const Route = createFileRoute("/_app/")({
  staticData: { title: "Home" },
  loader: ({ context }) => {
    void context.queryClient.prefetchQuery(recentItemsQuery)
  },
  component: HomePage,
})
