import { render, screen } from "@testing-library/react"
import { StrictMode } from "react"
import { afterEach, expect, test } from "vitest"
import { Toaster } from "@/engine/components/toaster"
import { storageBlocked } from "@/engine/lib/browser-storage"
import { StorageNotice } from "@/engine/screens/storage-notice"

const page = (
  <StrictMode>
    <Toaster />
    <StorageNotice />
  </StrictMode>
)

afterEach(() => storageBlocked.set(false))

test("blocked or full storage shows one toast", async () => {
  storageBlocked.set(true)
  render(page)
  expect(await screen.findAllByText("Your browser can't store data")).toHaveLength(1)
})

test("working storage shows no toast", async () => {
  render(page)
  expect(screen.queryByText(/can't store data/)).not.toBeInTheDocument()
})
