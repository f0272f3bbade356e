/**
 * Strangers at a constant rate: each registers a client, starts a sign-in, allows it, and never returns from Entra.
 * Arguments: an endpoint's URL, the number of strangers, and their number per second.
 */
import { setTimeout as pause } from 'node:timers/promises'
import * as z from 'zod'

const registered = z.looseObject({ client_id: z.string() })

async function stranger(origin: string, resource: string): Promise<void> {
  const redirect_uri = 'http://localhost:9000/callback'
  const body = JSON.stringify({ redirect_uris: [redirect_uri] })
  const registering = await fetch(`${origin}/oauth/register`, { method: 'POST', body })
  const { client_id } = registered.parse(await registering.json())
  const parameters = new URLSearchParams({
    ...{ client_id, redirect_uri, response_type: 'code', resource },
    ...{ code_challenge: 'x'.repeat(43), code_challenge_method: 'S256' },
  })
  const page = await fetch(`${origin}/oauth/authorize?${parameters}`)
  const request = /name="request" value="([^"]*)"/.exec(await page.text())?.[1] ?? ''
  const cookie = page.headers.getSetCookie()[0]?.split(';')[0] ?? ''
  const answered = await fetch(`${origin}/oauth/authorize`, {
    method: 'POST',
    headers: { cookie },
    body: new URLSearchParams({ request, decision: 'allow' }),
    redirect: 'manual',
  })
  await answered.arrayBuffer()
  if (answered.status !== 302) throw new Error(`A stranger got ${answered.status}`)
}

const [resource = '', count = '', perSecond = ''] = process.argv.slice(2)
const { origin } = new URL(resource)
const begun = performance.now()
const all: Promise<void>[] = []
for (let number = 0; number < Number(count); number += 1) {
  const due = begun + (number / Number(perSecond)) * 1000 - performance.now()
  if (due > 1) await pause(due)
  all.push(stranger(origin, resource))
}
await Promise.all(all)
