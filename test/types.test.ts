/**
 * What must not compile. Each `@ts-expect-error` is a test that `tsc` runs: it fails as soon as the line beneath it
 * compiles.
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as z from 'zod'
import type { Api } from '../shared/api-client/api.ts'
import { arm, graph } from '../shared/downstreams.ts'
import type { Caller } from '../shared/entra/caller.ts'
import type { FailureDetail } from '../shared/failure.ts'
import { defineTool, withContent } from '../shared/mcp/tool.ts'
import { Secret } from '../shared/secret.ts'
import { scope } from './support/permissions.ts'

const common = {
  name: 'read_thing',
  description: 'Reads a thing.',
  effect: 'reads',
  downstream: arm,
  input: z.object({ id: z.string() }),
  output: z.object({ size: z.number() }),
} as const
const access = scope('thing.read')
const run = async () => ({ size: 1 })

test('a complete tool compiles', () => {
  assert.equal(defineTool({ ...common, access, run }).name, 'read_thing')
})

test('a tool without access does not compile', () => {
  // @ts-expect-error access is missing
  assert.ok(defineTool({ ...common, run }))
})

test('a tool may not set its access to undefined', () => {
  // @ts-expect-error access may not be undefined
  assert.ok(defineTool({ ...common, access: undefined, run }))
})

test('a tool may not return another type than its output', () => {
  // @ts-expect-error size is a number
  assert.ok(defineTool({ ...common, access, run: async () => ({ size: 'large' }) }))
  // @ts-expect-error size is missing
  assert.ok(defineTool({ ...common, access, run: async () => ({}) }))
})

test('a tool may not read an argument that it did not declare', () => {
  // @ts-expect-error there is no name
  assert.ok(defineTool({ ...common, access, run: async ({ input }) => ({ size: input.name }) }))
})

test('a tool has no access to the token, the caller or the exchange', () => {
  // @ts-expect-error no token
  assert.ok(defineTool({ ...common, access, run: async ({ token }) => ({ size: token }) }))
  // @ts-expect-error no caller
  assert.ok(defineTool({ ...common, access, run: async ({ caller }) => ({ size: caller.exp }) }))
  // @ts-expect-error no exchange
  assert.ok(defineTool({ ...common, access, run: async ({ onBehalfOf }) => onBehalfOf() }))
  // @ts-expect-error not through the user either
  assert.ok(defineTool({ ...common, access, run: async ({ user }) => ({ size: user.assertion }) }))
  // @ts-expect-error not through the API either
  assert.ok(defineTool({ ...common, access, run: async ({ api }) => ({ size: api.token }) }))
})

test('a tool of several APIs gets each by its name, and no other', () => {
  const downstream = { arm, graph }
  const size = z.object({ size: z.number() })
  assert.deepEqual(
    defineTool({
      ...{ ...common, access, downstream },
      run: async ({ api }) => (await api.arm.get('/a', size)) ?? (await api.graph.get('/b', size)),
    }).downstreams,
    [arm, graph],
  )
  // @ts-expect-error there is no API of that name
  assert.ok(defineTool({ ...common, access, downstream, run: ({ api }) => api.sql.get('/', size) }))
  // @ts-expect-error several have no get of their own
  assert.ok(defineTool({ ...common, access, downstream, run: ({ api }) => api.get('/', size) }))
  // @ts-expect-error one has no names
  assert.ok(defineTool({ ...common, access, run: ({ api }) => api.arm.get('/', size) }))
})

test('data beside content blocks still has to match the output', () => {
  const content = [{ type: 'text', text: 'seen' }] as const
  assert.ok(defineTool({ ...common, access, run: async () => withContent({ size: 1 }, content) }))
  // @ts-expect-error size is a number
  assert.ok(defineTool({ ...common, access, run: async () => withContent({ size: '' }, content) }))
  // @ts-expect-error no block of MCP
  assert.ok(defineTool({ ...common, access, run: async () => withContent({ size: 1 }, [1]) }))
})

test('a tool may set listed headers only', () => {
  const get = (api: Api) =>
    // @ts-expect-error authorization is the client's
    api.get('/', z.unknown(), { headers: { authorization: 'Bearer mine' } })
  assert.ok(get)
})

test('an effect is one of those that we announce', () => {
  // @ts-expect-error reads or writes
  assert.ok(defineTool({ ...common, access, run, effect: 'looks' }))
})

test('a secret of one kind is not accepted as another', () => {
  const wantsToken = (it: Secret<'downstream token'>) => it.kind
  // @ts-expect-error an assertion is no downstream token
  assert.ok(wantsToken(new Secret('client credential', 'x')))
})

test('a caller always has an assertion', () => {
  const claims = { oid: 'o', tid: 't', azp: 'a', exp: 1, nbf: 0, iat: 0, assertionHash: 'h' }
  const none: ReadonlySet<string> = new Set()
  // @ts-expect-error the assertion is missing
  const caller: Caller = { ...claims, scp: none, roles: none, acrs: none, xms_cc: none }
  assert.ok(caller)
})

test('a failure has one of the known reasons', () => {
  // @ts-expect-error not in the union
  const failure: FailureDetail = { reason: 'moon_full' }
  assert.ok(failure)
})
