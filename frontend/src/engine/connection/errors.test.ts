import { AxiosError, type AxiosResponse } from "axios"
import { afterEach, expect, test } from "vitest"
import { server } from "@/engine/connection/connection"
import { errorCode, errorMessage } from "@/engine/connection/errors"

afterEach(() => server.set(undefined))

test("who did not answer is named: the backend or the server", () => {
  expect(errorMessage(new AxiosError("Network Error"))).toMatch(/^The backend did not answer/)
  server.set("https://app.example.com")
  expect(errorMessage(new AxiosError("Network Error"))).toMatch(/^The server did not answer/)
})

test.each([
  ["its body", { data: { detail: "No.", code: "email_taken" }, headers: {} }],
  ["its header", { data: { detail: "No." }, headers: { "x-error-code": "email_taken" } }],
  ["its header, of a download", { data: new Blob(), headers: { "x-error-code": "email_taken" } }],
])("the code of an error response is in %s", (_, response) => {
  const error = new AxiosError("No.", undefined, undefined, undefined, response as AxiosResponse)
  expect(errorCode(error)).toBe("email_taken")
})

test("what is no response has no code", () => {
  expect(errorCode(new AxiosError("Network Error"))).toBeUndefined()
  expect(errorCode(new Error("email_taken"))).toBeUndefined()
})
