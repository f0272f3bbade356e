/** MCP SDK v2 as in its guides, with the floor's exchange. */
import { downstreamToken } from './floor-parts.ts'
import { serve } from './sdk-server.ts'

serve(downstreamToken)
