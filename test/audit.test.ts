/** The log: one line for each call, enough to find what happened, without arguments or results. */
import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { after, before, beforeEach, suite, test } from 'node:test'
import * as z from 'zod'
import type { Forgery } from '../local/entra/forge.ts'
import { alice, armClientId, bob, clients, subscriptions, tenantId } from '../local/seed.ts'
import { audit, downstreamRequests } from '../shared/audit.ts'
import { arm } from '../shared/downstreams.ts'
import { journal } from '../shared/journal.ts'
import { defineTool } from '../shared/mcp/tool.ts'
import { auditRecordOf } from './support/audit-record.ts'
import { eras, initializeEra, post, refusalOf, statelessEra } from './support/mcp-request.ts'
import { scope } from './support/permissions.ts'
import { type Product, startProduct } from './support/product.ts'

let product: Product
before(async () => {
  product = await startProduct()
})
after(() => product.close())
beforeEach(() => product.reset())

const recordsOf = (log: string[]) => log.map(auditRecordOf)
const onlyRecordOf = (log: string[]) => {
  const [first, ...others] = recordsOf(log)
  assert.ok(first)
  assert.deepEqual(others, [])
  return first
}
const who = { tid: tenantId, oid: alice.oid, azp: clients.public.clientId }

test('a successful call is logged with user, client, tool and duration', async () => {
  const { log } = await product.app().call(await product.tokenOf(alice), 'list_subscriptions')
  const line = onlyRecordOf(log)
  const { outcome, tool, endpoint, tid, oid, azp, detail } = line
  assert.deepEqual(
    { outcome, tool, endpoint },
    { outcome: 'ok', tool: 'list_subscriptions', endpoint: 'cost' },
  )
  assert.deepEqual({ tid, oid, azp }, who)
  assert.equal(detail, undefined)
  assert.equal(line.severity, 'information')
  assert.equal(line.azpacr, '0')
  assert.match(line.uti ?? '', /^[\w-]+$/)
  assert.deepEqual(line.scopes, ['cost.read'])
  assert.equal(line.downstream, 'https://management.azure.com/user_impersonation')
  assert.equal(line.downstreamRequests, line.downstreamRequestIds?.length)
})

test('the source of the token is an exchange first, then memory', async () => {
  const app = product.app()
  const token = await product.tokenOf(alice)
  const calls = [
    await app.call(token, 'list_subscriptions'),
    await app.call(token, 'list_subscriptions'),
  ]
  assert.deepEqual(
    calls.map(({ log }) => onlyRecordOf(log).tokenSource),
    ['entra', 'memory'],
  )
})

test('a call that was refused before the exchange has no source of a token', async () => {
  const { log } = await product.app().call(await product.tokenOf(alice), 'cost_by_service', {
    scope: 'nonsense',
  })
  const { outcome, tokenSource } = onlyRecordOf(log)
  assert.deepEqual([outcome, tokenSource], ['arguments_refused', undefined])
})

suite('a call that the protocol refuses is no call that went well', () => {
  const refused: [what: string, request: Request][] = [
    ...eras.map(([era, request]): [string, Request] => [
      `arguments that are a number, in ${era}`,
      request({ method: 'tools/call', params: { name: 'list_subscriptions', arguments: 5 } }),
    ]),
    [
      'a header that names another tool',
      statelessEra(
        { method: 'tools/call', params: { name: 'list_subscriptions' } },
        { 'mcp-name': 'cost_export' },
      ),
    ],
    [
      'a call as a notification, which nothing answers',
      post('{"jsonrpc":"2.0","method":"tools/call","params":{"name":"list_subscriptions"}}'),
    ],
  ]
  for (const [what, request] of refused) {
    test(what, async () => {
      const answer = await product.app().send(request, await product.tokenOf(alice))
      const { tool, outcome, downstreamRequests, status = 200 } = onlyRecordOf(answer.log)
      assert.equal(status, answer.status)
      assert.deepEqual(
        { tool, outcome, downstreamRequests },
        { tool: 'list_subscriptions', outcome: 'protocol_error', downstreamRequests: undefined },
      )
    })
  }
})

test('a list writes no line', async () => {
  const request = initializeEra({ method: 'tools/list' })
  assert.deepEqual((await product.app().send(request, await product.tokenOf(alice))).log, [])
})

suite('a failed call is logged with its reason, under the caller’s reference', () => {
  const scopeArgument = { scope: subscriptions[0]?.id }
  type Call = { scopes?: string[]; tool?: string; args?: object; prepare?: () => void }
  const withdraw = () =>
    product.entra.admin.removeGrants({ client: clients.api.clientId, resource: armClientId })
  const out = () =>
    product.entra.admin.addFault({ on: 'on_behalf_of', kind: 'status', status: 429 })
  const failing = () =>
    product.azure.admin.fail({ at: 'subscriptions', kind: 'status', status: 500 })
  const unregistered = () => product.entra.admin.updateApp(clients.api.clientId, { secrets: [] })
  const roleLess = { tool: 'cost_export', scopes: ['cost.export'] }
  const refusedArguments = { tool: 'cost_by_service', args: { scope: '../secret-place' } }
  type Expected = [status: number | undefined, severity: string, detail: RegExp]
  const calls: [outcome: string, call: Call, ...Expected][] = [
    ['scope_missing', { scopes: ['other'] }, 403, 'information', /cost\.read/],
    ['app_role_missing', roleLess, undefined, 'information', /Cost\.Exporter/],
    ['arguments_refused', refusedArguments, undefined, 'information', /problems \d/],
    ['consent_required', { prepare: withdraw }, undefined, 'information', /AADSTS65001/],
    ['exchange_refused', { prepare: unregistered }, undefined, 'warning', /AADSTS7000215/],
    ['entra_unreachable', { prepare: out }, 503, 'error', /HTTP 429/],
    ['downstream_failed', { prepare: failing }, undefined, 'error', /status 500/],
    [
      'downstream_refused',
      { tool: 'cost_by_service', args: scopeArgument },
      undefined,
      'information',
      /status 403/,
    ],
  ]
  for (const [outcome, call, status, severity, detail] of calls) {
    const { scopes, tool = 'list_subscriptions', args, prepare } = call
    test(outcome, async () => {
      prepare?.()
      const token = await product.tokenOf(bob, scopes ? { scopes } : {})
      const { log, text } = await product.app().call(token, tool, args)
      const line = onlyRecordOf(log)
      assert.deepEqual([line.outcome, line.tool, line.status], [outcome, tool, status])
      assert.equal(line.severity, severity)
      assert.match(line.detail ?? '', detail)
      assert.equal(line.oid, bob.oid)
      assert.ok(text.includes(line.reference))
      assert.doesNotMatch(log.join(), /\n| at |secret-place|contoso\.example|"bob"|eyJ/i)
    })
  }
})

test('the API’s words are in the line, cut short, and not in the answer', async () => {
  const message = `Planted words. ${'x'.repeat(1_000)}`
  product.azure.admin.fail({ at: 'subscriptions', kind: 'status', status: 403, message })
  const { log, text } = await product.app().call(await product.tokenOf(alice), 'list_subscriptions')
  const { detail = '' } = onlyRecordOf(log)
  assert.match(detail, /said Planted words\. x+$/)
  assert.ok(detail.length < 700)
  assert.doesNotMatch(text, /Planted/)
})

test('a request that had to be sent again is counted', async () => {
  const throttled = {
    at: 'subscriptions',
    kind: 'status',
    status: 429,
    retryAfterSeconds: 0,
  } as const
  product.azure.admin.fail(throttled)
  const { log } = await product.app().call(await product.tokenOf(alice), 'list_subscriptions')
  const { outcome, retries, downstreamRequests } = onlyRecordOf(log)
  assert.deepEqual([outcome, retries, downstreamRequests], ['ok', 1, 2])
})

suite('a refusal of a token with a valid signature names the user', () => {
  const refused: [what: string, forgery: Partial<Forgery>, detail: RegExp][] = [
    ['of a client that is not allowed', {}, /may not call this server/],
    ['expired', { expiresIn: -60 }, /expired/],
    ['for another API', { resource: armClientId, version: 2 }, /aud is wrong/],
    ['of another tenant', { claims: { tid: 'another' } }, /another tenant/],
    ['bound to a key', { claims: { cnf: { jkt: 'x' } } }, /\(cnf\)/],
    ['without scopes', { claims: { scp: '' } }, /no scp/],
  ]
  for (const [what, forgery, detail] of refused) {
    test(what, async () => {
      const app = product.app({
        settings: { ENTRA_ALLOWED_CLIENTS: clients.confidential.clientId },
      })
      const { log, text, headers } = await app.call(
        await product.tokenOf(alice, forgery),
        'list_subscriptions',
      )
      const line = onlyRecordOf(log)
      assert.deepEqual([line.outcome, line.oid, line.azp], ['token_refused', who.oid, who.azp])
      assert.match(line.detail ?? '', detail)
      assert.ok(![text, ...[...headers].flat()].join().includes(alice.oid), 'told to the caller')
    })
  }
})

suite('unknown callers are counted', () => {
  const minute = 60_000
  const clocked = () => {
    let passed = 0
    const app = product.app({ now: () => Date.now() + passed })
    return { app, pass: (milliseconds: number) => (passed += milliseconds) }
  }
  const list = () => initializeEra({ method: 'tools/call', params: { name: 'list_subscriptions' } })
  const forge = () => product.tokenOf(alice, { key: 'foreign' })

  test('the next line carries the count and the last references', async () => {
    const { app } = clocked()
    const references: string[] = []
    for (const token of [undefined, 'no token', await forge(), undefined]) {
      const { log, text } = await app.send(list(), token)
      assert.deepEqual(log, [])
      references.push(refusalOf(text).reference)
    }
    const { log } = await app.call(await product.tokenOf(alice), 'list_subscriptions')
    const [own, counted, ...others] = recordsOf(log)
    assert.deepEqual(others, [])
    assert.equal(own?.outcome, 'ok')
    assert.equal(counted?.outcome, 'anonymous_refusals')
    assert.deepEqual(counted.counts, { token_missing: 2, token_refused: 2 })
    assert.deepEqual(
      counted.last?.map(({ reference }) => reference),
      references,
    )
    assert.match(counted.last?.[2]?.detail ?? '', /signature is invalid/)
  })

  test('once a minute at most, also when no other line is written', async () => {
    const { app, pass } = clocked()
    const token = await product.tokenOf(alice)
    const outcomesOf = ({ log }: { log: string[] }) => recordsOf(log).map((it) => it.outcome)
    const call = async () => outcomesOf(await app.call(token, 'list_subscriptions'))
    const refuse = async () => outcomesOf(await app.send(list()))
    await refuse()
    assert.deepEqual(await call(), ['ok', 'anonymous_refusals'])
    await refuse()
    assert.deepEqual(await call(), ['ok'])
    pass(minute)
    assert.deepEqual(await refuse(), ['anonymous_refusals'])
    assert.deepEqual(await call(), ['ok'])
  })

  test('long details do not make the line long', () => {
    const lines: string[] = []
    const write = journal({ now: Date.now })
    const detail = 'x'.repeat(100_000)
    for (const reference of Array.from({ length: 20 }, () => randomUUID())) {
      write((line) => lines.push(line), { reference, outcome: 'token_refused', detail })
    }
    write((line) => lines.push(line), { ...who, reference: randomUUID(), outcome: 'ok' })
    assert.equal(auditRecordOf(lines[1] ?? '').last?.length, 10)
    assert.ok((lines[1] ?? '').length < 5_000)
  })

  test('many refusals do not make the line long', async () => {
    const { app } = clocked()
    for (let sent = 0; sent < 500; sent++) await app.send(list())
    const { log } = await app.call(await product.tokenOf(alice), 'list_subscriptions')
    const counted = recordsOf(log)[1]
    assert.deepEqual(counted?.counts, { token_missing: 500 })
    assert.equal(counted.last?.length, 10)
  })

  test('foreign origins get ten lines a minute, preflights included, and the rest is counted', async () => {
    const { app, pass } = clocked()
    const send = async (method: string) => {
      const headers = { origin: 'https://elsewhere.example' }
      const body = method === 'POST' ? { body: '{}' } : {}
      return app.send(new Request(list().url, { method, headers, ...body }))
    }
    const lines: string[] = []
    for (let sent = 0; sent < 10; sent++) {
      lines.push(...(await send('POST')).log, ...(await send('OPTIONS')).log)
    }
    assert.equal(lines.length, 10)
    for (const { outcome, status, detail } of recordsOf(lines)) {
      assert.deepEqual([outcome, status], ['origin_refused', 403])
      assert.match(detail ?? '', /https:\/\/elsewhere\.example/)
    }
    pass(minute)
    const [line, counted] = recordsOf((await send('POST')).log)
    assert.equal(line?.outcome, 'origin_refused')
    assert.deepEqual(counted?.counts, { origin_refused: 10 })
  })
})

suite('text of a client cannot shape the log', () => {
  const shapes: [what: string, text: string][] = [
    ['a line of its own', 'x\n{"outcome":"ok"}'],
    ['a carriage return', 'x\r\nfake'],
    ['controls', 'x\u0000\u001b[2J\u007f\u0085'],
    ['line separators', 'x\u2028\u2029y'],
    ['another direction', 'x\u202eko'],
    ['what cannot be seen', 'x\u200b\ufeff\u{e0041}'],
    ['very much', 'x'.repeat(100_000)],
    ['half a character', 'x\ud800'],
    ['a token', `eyJ${'a'.repeat(40)}.${'b'.repeat(40)}`],
  ]
  const unprintable = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/u
  const assertTame = (log: string[]) => {
    assert.equal(log.length, 1)
    const [line = ''] = log
    assert.ok(line.length < 2_000, `${line.length} characters`)
    assert.doesNotMatch(line, unprintable)
    assert.doesNotMatch(line, /eyJa|xxxxxxxxxxxxxxxxx{256}/)
    return auditRecordOf(line)
  }
  for (const [what, text] of shapes) {
    test(`${what}, as the name of a tool`, async () => {
      const { log } = await product.app().call(await product.tokenOf(alice), text)
      const { outcome, tool, oid } = assertTame(log)
      // The protocol refuses a name of that length.
      assert.match(outcome, /^(unknown_tool|protocol_error)$/)
      assert.equal(oid, alice.oid)
      assert.match(tool ?? '()', /^\((\d+ characters)?\)$/)
    })

    test(`${what}, in claims that nothing is decided on`, async () => {
      const notes = { uti: text, azpacr: text, xms_act_fct: text, xms_par_app_azp: [text] }
      const token = await product.tokenOf(alice, { claims: notes })
      const line = assertTame((await product.app().call(token, 'list_subscriptions')).log)
      assert.equal(line.outcome, 'ok')
      for (const name of Object.keys(notes)) {
        assert.match(String({ ...line }[name]), /^(malformed|\[token\])$/)
      }
    })

    test(`${what}, as the client id`, async () => {
      const token = await product.tokenOf(alice, { claims: { azp: text } })
      const line = assertTame((await product.app().call(token, 'list_subscriptions')).log)
      assert.ok((line.azp ?? '').length <= 256)
    })

    test(`${what}, as the id of a downstream request`, () => {
      const lines: string[] = []
      const requests = downstreamRequests({
        requestIds: [...Array(1_000).fill(text), 'f2c3-1.a:b_c'],
        retries: 0,
      })
      const reference = randomUUID()
      audit((line) => lines.push(line), { reference, outcome: 'ok', ...requests })
      const line = assertTame(lines)
      assert.deepEqual(line.downstreamRequestIds, ['f2c3-1.a:b_c'])
      assert.equal(line.downstreamRequests, 1_001)
    })
  }

  test('a line keeps the last twenty request ids of a call', () => {
    const ids = Array.from({ length: 100 }, (_, index) => `id-${index}`)
    assert.deepEqual(
      downstreamRequests({ requestIds: ids, retries: 0 }).downstreamRequestIds,
      ids.slice(80),
    )
  })

  test('a misspelt tool name is logged unchanged', async () => {
    const { log } = await product.app().call(await product.tokenOf(alice), 'cost___list-all.v2')
    assert.equal(auditRecordOf(log[0] ?? '').tool, 'cost___list-all.v2')
  })
})

test('an agent that acts for a user is named by its facets', async () => {
  const facets = {
    xms_act_fct: '11 3',
    xms_sub_fct: '13',
    xms_par_app_azp: '6a8f0b7e-32f5-4c52-a5a4-d8a4b9b3f3c1',
  }
  const token = await product.tokenOf(alice, { claims: { ...facets, idtyp: 'user' } })
  const { log } = await product.app().call(token, 'list_subscriptions')
  assert.partialDeepStrictEqual(auditRecordOf(log[0] ?? ''), { outcome: 'ok', ...facets })
})

suite('an unforeseen error', () => {
  const told = 'what the library said'
  const output = z.object({ id: z.string() })
  const toolOf = (run: () => Promise<z.input<typeof output>>) =>
    defineTool({
      name: 'break_down',
      description: 'Breaks.',
      effect: 'reads',
      access: scope('cost.read'),
      downstream: arm,
      input: z.object({}),
      output,
      run,
    })
  const broken = [
    ['an error in a tool', toolOf(() => Promise.reject(new Error(told)))],
    ['a result that is not as declared', toolOf(async () => JSON.parse('{"id":7}'))],
  ] as const
  for (const [what, tool] of broken) {
    test(`${what} is 500 without details, and one line has them all`, async () => {
      const app = product.app({ tools: [tool] })
      const { status, text, log } = await app.call(await product.tokenOf(alice), tool.name)
      assert.equal(status, 500)
      const { error, code, id, reference } = refusalOf(text)
      assert.deepEqual([error, code, id], ['server_error', 500, 1])
      assert.doesNotMatch(text, /library|expected|string/)
      const line = onlyRecordOf(log)
      assert.deepEqual([line.outcome, line.status, line.tool], ['unforeseen', 500, tool.name])
      assert.deepEqual([line.reference, line.oid], [reference, alice.oid])
      assert.match(line.detail ?? '', /\n {4}at /)
    })
  }
})
