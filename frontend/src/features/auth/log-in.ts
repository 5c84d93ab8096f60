import { loginLoginAccessToken } from "@/client/sdk.gen"
import { startSession } from "@/engine"

export interface Credentials {
  email: string
  password: string
}

export async function logIn({ email, password }: Credentials): Promise<void> {
  const { data } = await loginLoginAccessToken({ body: { username: email, password } })
  startSession(data.access_token)
}
