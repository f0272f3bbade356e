/** MSAL is loaded when Entra is first asked, or shortly after the first answer. */
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { registerHooks } from 'node:module'
import { test } from 'node:test'
import { promisify } from 'node:util'
import { cost } from '../functions/cost.ts'
import { alice } from '../local/seed.ts'
import { arm, graph } from '../shared/downstreams.ts'
import { endpoint } from '../shared/mcp/endpoint.ts'
import { createServices } from '../shared/services.ts'
import { parseSettings } from '../shared/settings.ts'
import { warmUp } from '../shared/warm-up.ts'
import { appOrigin } from './support/entra-client.ts'
import { eventually } from './support/eventually.ts'
import { listSubscriptions, serveApp } from './support/served-app.ts'
import { startSharedCache } from './support/shared-cache.ts'
import { toolCall } from './support/tool-call.ts'

let isLoaded = false
registerHooks({
  load(url, context, next) {
    isLoaded ||= url.includes('@azure/msal-node')
    return next(url, context)
  },
})

test('the warm-up loads each module once, and hides a failure', async () => {
  const scheduled: (() => Promise<unknown>)[] = []
  let loads = 0
  const answered = warmUp(
    async () => {
      loads += 1
      throw new Error('no such module')
    },
    { later: (load) => scheduled.push(load) },
  )
  answered()
  answered()
  assert.equal(loads, 0)
  for (const load of scheduled) await load()
  assert.equal(loads, 1)
})

test('the warm-up does not keep a process alive', async () => {
  const module = new URL('../shared/warm-up.ts', import.meta.url).href
  const script = `
    import { warmUp } from ${JSON.stringify(module)}
    warmUp(async () => console.log('loaded'))()`
  const run = promisify(execFile)
  const { stdout } = await run(process.execPath, ['--input-type=module', '--eval', script])
  assert.equal(stdout, '')
})

test('a user whose token is in the table is served without MSAL', { timeout: 60_000 }, async () => {
  await using started = new AsyncDisposableStack()
  const cache = started.adopt(await startSharedCache(), (it) => it.close())
  const environment = cache.environmentOf()
  const token = await cache.tokenOf(alice)
  const other = started.adopt(await serveApp(environment), (it) => it.kill())
  assert.equal((await listSubscriptions(other.origin, token)).status, 200)
  await eventually(async () => assert.equal((await cache.rows()).length, 1))

  const services = createServices(parseSettings(environment, [arm, graph]), { log: () => {} })
  const { handle } = endpoint(cost, services)
  const { body, ...head } = toolCall(token, 'list_subscriptions')
  const request = new Request(`${appOrigin}/mcp/cost`, head)
  const lines: string[] = []
  const log = (line: string) => lines.push(line)
  const answer = await handle(request, { log, reference: randomUUID(), body })
  assert.equal(answer.status, 200)
  assert.match(lines.join(), /"outcome":"ok".*"tokenSource":"table"/)
  assert.equal(isLoaded, false)
  await eventually(() => assert.equal(isLoaded, true))
})
