/** MCP SDK v2 as its guides show it, with the floor's way to a downstream token. */
import { downstreamToken } from './floor-parts.ts'
import { serve } from './sdk-server.ts'

serve(downstreamToken)
