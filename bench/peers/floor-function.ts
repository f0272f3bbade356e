/** The floor as a function: the smallest handler of `@azure/functions`, on the local host that serves this project. */
import { app } from '@azure/functions'
import { startHost } from '../../local/host.ts'
import { answerCall } from './floor-call.ts'

const { origin } = await startHost({
  port: 0,
  async load() {
    app.http('cost', {
      route: 'mcp/cost',
      methods: ['POST'],
      authLevel: 'anonymous',
      handler: async (request) => {
        try {
          const json = await answerCall(
            request.headers.get('authorization') ?? '',
            await request.text(),
          )
          return { headers: { 'content-type': 'application/json' }, body: json }
        } catch (error) {
          return { status: 500, body: String(error) }
        }
      },
    })
  },
})
console.log(`${origin}/mcp/cost`)
