import { config } from "zod/mini"

// By default Zod compiles validators with `new Function`, which the content security policy forbids.
config({ jitless: true })
