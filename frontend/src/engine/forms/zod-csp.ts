import { config } from "zod/mini"

// Zod would otherwise compile validators with `new Function`, which the content security policy forbids.
config({ jitless: true })
