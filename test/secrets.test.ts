/**
 * Nothing secret comes out: typical, failing and hostile requests to the running stack; then every answer, with its
 * headers, and every line that the stack has logged are searched for tokens and secrets, whole and in parts.
 */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import * as z from 'zod'
import type { Forgery as WholeForgery } from '../local/entra/forge.ts'
import {
  alice,
  armClientId,
  bob,
  carol,
  clients,
  graphClientId,
  subscriptions,
} from '../local/seed.ts'
import { eras, initializeEra, post } from './support/mcp-request.ts'
import { type RunningStack, runStack } from './support/running-stack.ts'

type Forgery = Omit<WholeForgery, 'client'>

let stack: RunningStack
before(async () => {
  stack = await runStack()
  await sendAll()
})
after(() => stack?.stop())

/** Characters: long enough to be no accident, short enough to be useless. */
const part = 20
const secrets = new Set([
  clients.api.secret,
  clients.signIn.secret,
  ...clients.confidential.secrets,
])
const received: string[] = []

test('no answer and no log line holds a token, a secret, or a part of one', () => {
  const everything = [...received, stack.output()].join('\n')
  assert.ok(received.length > 60, `${received.length} answers`)
  assert.match(everything, /"outcome":"ok"/)
  assert.deepEqual(leaksIn(everything), [])
})

test('no log line of a foreseen error holds a stack trace', () => {
  const traces = stack
    .output()
    .split('\n')
    .filter((line) => line.includes('\\n    at '))
  assert.deepEqual(traces, [])
})

test('the search finds a leak', async () => {
  const token = await forge({ user: alice.oid })
  for (const leak of [token, token.slice(300, 300 + part), clients.api.secret, stack.adminKey]) {
    assert.notDeepEqual(leaksIn(`text ${leak} text`), [])
  }
  const [header] = token.split('.')
  assert.notDeepEqual(leaksIn(`{"assertion":"${header}.eyJzdWIiOiJhIn0.c2ln"}`), [])
})

async function sendAll(): Promise<void> {
  const [own = '', foreign = ''] = [subscriptions[0]?.id, subscriptions[3]?.id]
  const scopes = ['cost.read', 'cost.export']
  const month = new Date().toISOString().slice(0, 7)
  const calls: [name: string, args: Record<string, unknown>][] = [
    ['list_subscriptions', {}],
    ['cost_by_service', { scope: own }],
    ['cost_by_service', { scope: foreign }],
    ['cost_by_service', { scope: '../x', extra: true }],
    ['cost_export', { scope: own, month }],
    ['cost_export', { operation: 'none' }],
    ['no_such_tool', {}],
  ]
  await changeAzure('settings', 'PUT', {
    pageSize: 2,
    report: { polls: 1, retryAfterSeconds: 0, outcome: 'Completed' },
  })
  for (const [, era] of eras) {
    for (const user of [alice, bob, carol]) {
      const as = await forge({ user: user.oid, scopes })
      for (const [name, args] of calls) {
        await send(era({ method: 'tools/call', params: { name, arguments: args } }), { as })
      }
    }
    for (const forgery of refusedTokens) {
      await send(era({ method: 'tools/list' }), { as: await forge(forgery) })
    }
    await send(era({ method: 'no/such/method' }), { as: await forge({ user: alice.oid }) })
    await send(era({ method: 'tools/list' }))
  }

  const list = () =>
    initializeEra({ method: 'tools/call', params: { name: 'list_subscriptions', arguments: {} } })
  const trouble: [change: typeof changeEntra, path: string, body: unknown][] = [
    [
      changeEntra,
      'faults',
      { on: 'on_behalf_of', kind: 'status', status: 429, retryAfter: 1, times: 1 },
    ],
    [changeEntra, 'faults', { on: 'on_behalf_of', kind: 'html', times: 1 }],
    [changeEntra, 'faults', { on: 'on_behalf_of', kind: 'reset', times: 4 }],
    [changeAzure, 'faults', { at: 'subscriptions', kind: 'status', status: 500 }],
    [changeAzure, 'faults', { at: 'subscriptions', kind: 'status', status: 401, html: true }],
    [changeAzure, 'faults', { at: 'subscriptions', kind: 'claims-challenge', claims: '{}' }],
    [changeAzure, 'faults', { at: 'subscriptions', kind: 'reset' }],
  ]
  for (const [change, path, body] of trouble) {
    await change(path, 'POST', body)
    await send(list(), { as: await forge({ user: alice.oid }) })
  }

  const token = await forge({ user: alice.oid })
  for (const [, era] of eras) {
    for (const name of [token, token.slice(0, 64)]) {
      await send(era({ method: 'tools/call', params: { name } }), { as: token })
    }
  }
  const claims = { azp: token, uti: token, azpacr: token, xms_act_fct: token, scp: token }
  await send(list(), { as: await forge({ user: alice.oid, claims }) })
  for (const request of [
    post('{'),
    post('[]'),
    post(JSON.stringify({ jsonrpc: '2.0', id: 1, method: token, params: { name: token } })),
    post('{}', { origin: 'https://elsewhere.example' }),
    post('{}', { 'x-ms-client-principal': token }),
  ]) {
    await send(request, { as: token })
  }
  await send(post('{}', { authorization: `Basic ${token}` }))
  await send(post('{}', { authorization: `Bearer ${token} ${token}` }))
  for (const path of [
    `/mcp/cost?access_token=${token}`,
    `/${token}`,
    '/healthz?deep',
    '/.well-known/oauth-protected-resource/mcp/cost',
    `/token-cache/purge?code=${stack.adminKey}x`,
    `/consent/callback?code=${token}&error=access_denied&error_description=${token}`,
  ]) {
    await receive(await fetch(stack.app + path))
  }
  await changeEntra(`users/${alice.oid}`, 'PATCH', { enabled: false })
  await send(list(), { as: await forge({ user: alice.oid }) })
  await changeEntra(`apps/${clients.api.clientId}`, 'PATCH', { secrets: [] })
  await send(list(), { as: await forge({ user: bob.oid }) })
  await changeEntra('reset', 'POST', {})
  const { clientId: client } = clients.api
  await changeEntra('grants', 'DELETE', { client, resource: armClientId, user: 'everyone' })
  await send(list(), { as: await forge({ user: bob.oid }) })
}

const refusedTokens: Forgery[] = [
  { user: alice.oid, key: 'foreign' },
  { user: alice.oid, key: 'unknown-kid' },
  { user: alice.oid, key: 'none' },
  { user: alice.oid, key: 'hs256-public' },
  { user: alice.oid, expiresIn: -3600 },
  { user: alice.oid, notBefore: 3600 },
  { user: alice.oid, version: 1 },
  { user: alice.oid, resource: graphClientId },
  { user: alice.oid, claims: { tid: 'another', aud: 'another', secret: 'x'.repeat(40) } },
  { user: alice.oid, omit: ['azp'] },
  { user: alice.oid, scopes: [] },
  { appOnly: true },
]

async function send(request: Request, { as }: { as?: string } = {}): Promise<void> {
  const { method, headers } = request
  if (as !== undefined) headers.set('authorization', `Bearer ${as}`)
  const body = await request.text()
  await receive(await fetch(stack.endpoints.cost ?? '', { method, headers, body }))
}

async function receive(response: Response): Promise<void> {
  const headers = JSON.stringify([...response.headers])
  received.push(`${response.status} ${headers} ${await response.text()}`)
}

async function forge(forgery: Forgery): Promise<string> {
  const body = JSON.stringify({ client: clients.public.clientId, ...forgery })
  const response = await fetch(`${stack.entra.admin}/tokens`, { method: 'POST', body })
  const { token } = z.object({ token: z.string() }).parse(await response.json())
  secrets.add(token)
  return token
}

const changeEntra = (path: string, method: string, body: unknown) =>
  change(`${stack.entra.admin}/${path}`, method, body)
const changeAzure = (path: string, method: string, body: unknown) =>
  change(`${new URL(stack.arm).origin}/admin/${path}`, method, body)
async function change(url: string, method: string, body: unknown): Promise<void> {
  const response = await fetch(url, { method, body: JSON.stringify(body) })
  assert.ok(response.ok, `${url} ${response.status}`)
}

/** The first few leaks. Tokens that this test never saw, such as ARM's, are recognised by the beginning of a JWT. */
function leaksIn(haystack: string): string[] {
  const parts = new Set<string>()
  for (let at = 0; at + part <= haystack.length; at++) parts.add(haystack.slice(at, at + part))
  const known = [...secrets, stack.adminKey].flatMap((secret) => {
    if (secret.length < part) return haystack.includes(secret) ? [secret] : []
    const starts = Array.from({ length: secret.length - part + 1 }, (_, at) => at)
    return starts.map((at) => secret.slice(at, at + part)).filter((each) => parts.has(each))
  })
  return [...new Set([...known, ...(haystack.match(/eyJ[\w-]{10,}\.[\w-]{10,}/g) ?? [])])].slice(
    0,
    5,
  )
}
