import { AxiosError } from "axios"
import { afterEach, expect, test } from "vitest"
import { server } from "@/lib/connection"
import { errorMessage } from "@/lib/errors"

afterEach(() => server.set(undefined))

test("who did not answer is named: the backend or the server", () => {
  expect(errorMessage(new AxiosError("Network Error"))).toMatch(/^The backend did not answer/)
  server.set("https://app.example.com")
  expect(errorMessage(new AxiosError("Network Error"))).toMatch(/^The server did not answer/)
})
