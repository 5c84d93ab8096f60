import { defineConfig } from "@hey-api/openapi-ts"

/** Generates src/client from the OpenAPI document: `make generate-client`, which also writes openapi.json. */
export default defineConfig({
  input: "./openapi.json",
  output: "./src/client",
  plugins: [
    { name: "@hey-api/client-axios", throwOnError: true },
    "@hey-api/typescript",
    "@hey-api/sdk",
    // Schemas for form validation, so that the UI does not repeat the backend's limits.
    { name: "zod", compatibilityVersion: "mini", requests: false, responses: false },
  ],
})
