import { createFileRoute } from "@tanstack/react-router"

export const Route = createFileRoute("/")({ component: Home })

function Home() {
  return <h1>{import.meta.env.VITE_APP_NAME}</h1>
}
