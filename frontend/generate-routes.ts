import { resolveConfig } from "vite"

// TanStack Router's plugin writes src/routeTree.gen.ts when Vite resolves its configuration. tsc needs that file.
await resolveConfig({}, "build")
