/** The agent as a container runs it: the settings that Foundry gives, one port. */
import { createServer } from 'node:http'
import { DefaultAzureCredential } from '@azure/identity'
import { getRequestListener } from '@hono/node-server'
import { hostedAgent } from './agent.ts'

const { TOOLBOX_URL = '', PORT = '8088' } = process.env
const credential = new DefaultAzureCredential()
const agent = hostedAgent({
  toolbox: TOOLBOX_URL,
  token: async () => (await credential.getToken('https://ai.azure.com/.default')).token,
})
createServer(getRequestListener(agent)).listen(Number(PORT))
