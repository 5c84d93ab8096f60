import { resolveConfig } from "vite"

// The router's plugin writes src/routeTree.gen.ts as soon as Vite knows its configuration: before the types are checked.
await resolveConfig({}, "build")
