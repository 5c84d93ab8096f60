import { AxiosError, type AxiosResponse, type InternalAxiosRequestConfig } from "axios"
import { afterEach, expect, test } from "vitest"
import { serverUrl } from "@/engine/connection/connection"
import { errorCode, errorMessage } from "@/engine/connection/errors"

afterEach(() => serverUrl.set(undefined))

test("a network error names the backend, or the server in server mode", () => {
  expect(errorMessage(new AxiosError("Network Error"))).toMatch(/^The backend did not respond/)
  serverUrl.set("https://app.example.com")
  expect(errorMessage(new AxiosError("Network Error"))).toMatch(/^The server did not respond/)
})

test.each([
  ["get", /Try again/],
  ["post", /may not have been saved/],
])("a network error of a %s request says what to do", (method, text) => {
  const config = { method } as InternalAxiosRequestConfig
  expect(errorMessage(new AxiosError("Network Error", "ERR_NETWORK", config))).toMatch(text)
})

test.each([
  ["get", /status 504. Try again, or check/],
  ["post", /status 504. Your changes may or may not have been saved/],
])("a proxy's 5xx response to a %s request says what to do", (method, text) => {
  const config = { method } as InternalAxiosRequestConfig
  const response = { status: 504, data: "<html></html>" } as AxiosResponse
  expect(errorMessage(new AxiosError("No.", undefined, config, undefined, response))).toMatch(text)
})

test.each([
  ["the body", { data: { detail: "No.", code: "email_taken" }, headers: {} }],
  ["the header", { data: { detail: "No." }, headers: { "x-error-code": "email_taken" } }],
  ["the header of a download", { data: new Blob(), headers: { "x-error-code": "email_taken" } }],
])("errorCode reads the code from %s", (_, response) => {
  const error = new AxiosError("No.", undefined, undefined, undefined, response as AxiosResponse)
  expect(errorCode(error)).toBe("email_taken")
})

test("an error without a response has no code", () => {
  expect(errorCode(new AxiosError("Network Error"))).toBeUndefined()
  expect(errorCode(new Error("email_taken"))).toBeUndefined()
})
