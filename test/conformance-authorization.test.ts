/** The official conformance suite for authorization servers, over HTTP, with a person at the browser. */
import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import * as z from 'zod'
import { freePort } from '../local/ports.ts'
import { alice } from '../local/seed.ts'
import { authorizationScenarios } from './support/conformance-scenarios.ts'
import { type Check, readChecks, runSuite } from './support/conformance-suite.ts'
import { type HostedProduct, startHostedProduct } from './support/hosted-product.ts'
import { oauthSettings } from './support/oauth.ts'
import { signIn } from './support/sign-in.ts'

let product: HostedProduct
let checks: Check[]
before(async () => {
  product = await startHostedProduct(oauthSettings)
  const folder = await mkdtemp(join(tmpdir(), 'conformance-'))
  try {
    const port = await freePort()
    const register = await fetch(`${product.origin}/oauth/register`, {
      method: 'POST',
      body: JSON.stringify({ redirect_uris: [`http://127.0.0.1:${port}/callback`] }),
    })
    const { client_id } = z.object({ client_id: z.string() }).parse(await register.json())
    const args = [
      ...['authorization', '--url', product.origin, '--resource', product.endpoint],
      ...['--client-id', client_id, '--port', String(port), '-o', folder],
    ]
    await runSuite(args, async (line) => {
      if (line.startsWith(`${product.origin}/oauth/authorize?`))
        await fetch(await signIn(new URL(line), alice.upn))
    })
    checks = await readChecks(folder)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
})
after(() => product?.close())

test('every check passes', () => {
  assert.deepEqual(
    checks.filter(({ status }) => status !== 'SUCCESS'),
    [],
  )
})

test('every scenario for authorization servers has run, and no other stands in the list', async () => {
  const listed = await runSuite(['list', '--authorization'])
  const existing = [...listed.matchAll(/^ {2}- (\S+) \[/gm)].map(([, name]) => name).sort()
  const names = authorizationScenarios.flatMap(({ names }) => names).sort()
  assert.deepEqual(names, existing)
  assert.deepEqual([...new Set(checks.map(({ scenario }) => scenario))].sort(), existing)
})
