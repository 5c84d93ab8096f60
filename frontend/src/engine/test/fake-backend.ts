import { AxiosError, type AxiosResponse, type InternalAxiosRequestConfig } from "axios"
import { client } from "@/client/client.gen"
import type { UserPublic } from "@/client/types.gen"

export interface FakeResponse {
  /** HTTP status, 200 by default. From 400 on, the request rejects with an AxiosError. */
  status?: number
  data: unknown
}

export interface FakeRequest {
  method: string
  /** The requested URL, including the query string. */
  url: string | undefined
  timeout: number | undefined
  path: string
  query: URLSearchParams
  body: unknown
  header: (name: string) => unknown
}

/**
 * Replaces the network of the generated API client: `respond` produces the response of each request. Returns the list
 * of requests, which grows as they are sent.
 */
export function fakeBackend(
  respond: (request: FakeRequest) => FakeResponse | Promise<FakeResponse>,
): FakeRequest[] {
  const requests: FakeRequest[] = []
  client.setConfig({ baseURL: "http://backend.test", adapter: handle })
  return requests

  async function handle(config: InternalAxiosRequestConfig): Promise<AxiosResponse> {
    const url = new URL(client.instance.getUri({ url: config.url ?? "", params: config.params }))
    const request: FakeRequest = {
      method: (config.method ?? "get").toUpperCase(),
      url: config.url,
      timeout: config.timeout,
      path: url.pathname,
      query: url.searchParams,
      body: readBody(config),
      header: (name) => config.headers.get(name),
    }
    requests.push(request)
    const { status = 200, data } = await respond(request)
    const response: AxiosResponse = { status, data, statusText: "", headers: {}, config }
    if (status >= 400) {
      throw new AxiosError(`status ${status}`, undefined, config, undefined, response)
    }
    return response
  }
}

function readBody({ data, headers }: InternalAxiosRequestConfig): unknown {
  if (typeof data !== "string") return data
  const isForm = String(headers.get("Content-Type")).includes("urlencoded")
  return isForm ? Object.fromEntries(new URLSearchParams(data)) : JSON.parse(data)
}

/** A response handler for `fakeBackend`: the request gets no response. */
export const networkError = () => Promise.reject(new AxiosError("Network Error", "ERR_NETWORK"))

export const makeUser = (number: number, overrides: Partial<UserPublic> = {}): UserPublic => ({
  id: `00000000-0000-4000-9000-${String(number).padStart(12, "0")}`,
  email: `user${number}@example.com`,
  full_name: `User ${number}`,
  is_active: true,
  is_superuser: false,
  created_at: "2026-01-02T03:04:05Z",
  ...overrides,
})
