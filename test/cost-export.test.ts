/** cost_export against the ARM emulator: reports that are ready, running or failed, and operations of other users. */
import assert from 'node:assert/strict'
import { hash } from 'node:crypto'
import { after, before, beforeEach, suite, test } from 'node:test'
import * as z from 'zod'
import { operationOf } from '../functions/cost/operation.ts'
import { alice, bob, clients, tenantId } from '../local/seed.ts'
import { type CostStack, production, retail, staging, startCostStack } from './support/cost.ts'

let stack: CostStack
before(async () => {
  stack = await startCostStack()
})
after(() => stack.close())
beforeEach(() => {
  stack.reset()
  report({})
})

const ready = z.strictObject({
  status: z.literal('ready'),
  links: z.array(z.strictObject({ url: z.url(), bytes: z.int() })),
  expires: z.iso.datetime().optional(),
  note: z.string().optional(),
})
const running = z.strictObject({
  status: z.literal('running'),
  operation: z.string(),
  retryAfterSeconds: z.number().min(1),
})

type Report = Partial<ReturnType<CostStack['azure']['admin']['settings']>['report']>
const report = (change: Report) =>
  stack.azure.admin.change({
    report: { polls: 0, retryAfterSeconds: 0, outcome: 'Completed', ...change },
  })
/** Longer than a call may wait. */
const slow = { retryAfterSeconds: 55 }
const asked = () => stack.azure.admin.requests()
const run = (args: object, user = alice) => stack.call('cost_export', args, user)
const october = { scope: production, month: '2026-10' }

const assertRefused = async (args: object, problem: RegExp, user = alice) => {
  const { isError, text } = await run(args, user)
  assert.ok(isError, text)
  assert.match(text, problem)
}

/** Begins a report that stays running, and returns its operation, which may be polled at once. */
async function begun() {
  report(slow)
  const { operation } = running.parse((await run(october)).data)
  stack.azure.admin.reset()
  report({})
  return operation
}

suite('a report', () => {
  test('that is ready in time has links to all of it, and when they expire', async () => {
    report({ polls: 1 })
    const { links, expires } = ready.parse((await run(october)).data)
    assert.ok(links.length > 1)
    assert.ok(Date.parse(expires ?? '') > Date.parse('2026-11-21T23:30:00Z'))
    for (const { url, bytes } of links) {
      const csv = await (await fetch(url)).text()
      assert.equal(Buffer.byteLength(csv), bytes)
      assert.match(csv, new RegExp(`^SubscriptionId,.*\r\n${production},`))
    }
  })

  test('that takes longer than the call has an operation first, and the links later', async () => {
    report({ ...slow, polls: 1 })
    const { operation, retryAfterSeconds } = running.parse((await run(october)).data)
    assert.equal(retryAfterSeconds, 55)
    assert.equal(asked().length, 1)

    assert.equal(running.parse((await run({ operation })).data).operation, operation)
    ready.parse((await run({ operation })).data)
    ready.parse((await run({ operation })).data)
  })

  test('has an operation that holds neither the user nor a token', async () => {
    const operation = await begun()
    assert.ok(!operation.includes(alice.oid))
    assert.doesNotMatch(operation, /eyJ/)
  })

  test('of this month ends today', async () => {
    ready.parse((await run({ scope: production, month: '2026-11' })).data)
  })

  test('of the oldest month that Azure keeps is begun', async () => {
    ready.parse((await run({ scope: production, month: '2025-10' })).data)
  })

  test('is polled once a second at most, even when Azure asks for more', async () => {
    report({ polls: 1, retryAfterSeconds: 0 })
    const started = performance.now()
    ready.parse((await run(october)).data)
    assert.ok(performance.now() - started >= 1990)
    assert.equal(asked().length, 3)
  })

  const manifest = { manifestVersion: '2025-03-01', dataFormat: 'Csv', blobCount: 0, blobs: null }
  const answers = (answer: { status: number; body?: unknown; headers?: Record<string, string> }) =>
    stack.azure.admin.fail({ at: 'operation', kind: 'answer', ...answer })
  const nothing: [what: string, order: () => void][] = [
    ['NoDataFound', () => report({ outcome: 'NoDataFound' })],
    [
      'NoDataFound with an empty manifest',
      () => answers({ status: 200, body: { status: 'NoDataFound', manifest } }),
    ],
    ['204', () => answers({ status: 204 })],
  ]
  for (const [what, order] of nothing) {
    test(`without costs (${what}) is ready, without links, and says why`, async () => {
      const operation = await begun()
      order()
      const { links, note } = ready.parse((await run({ operation })).data)
      assert.deepEqual(links, [])
      assert.match(note ?? '', /no cost data.*NoDataFound/)
    })
  }

  test('in progress with status 200 is polled again', async () => {
    answers({ status: 200, body: { status: 'InProgress' } })
    ready.parse((await run(october)).data)
    assert.equal(asked().length, 3)
  })

  const link = 'https://acct.blob.core.windows.net/armreports/a.csv?sig=x'
  const blob = { blobLink: link, byteCount: 1 }
  const of = (blobs: unknown, blobCount = 1) => ({
    body: { status: 'Completed', manifest: { ...manifest, blobs, blobCount } },
  })
  const unreadable: [what: string, answer: { body?: unknown }][] = [
    ['no status', { body: { manifest } }],
    ['an unknown status', { body: { status: 'Confused' } }],
    ['no files', of(null, 0)],
    ['no manifest', { body: { status: 'Completed' } }],
    ['fewer files than it counts', of([blob], 2)],
    ['no link', of([{ byteCount: 1 }])],
    ['a link of another host', of([blob, { ...blob, blobLink: 'https://evil.example/a' }], 2)],
    ['a link without https', of([{ ...blob, blobLink: link.replace('https', 'http') }])],
    ['a script for a link', of([{ ...blob, blobLink: 'javascript:alert(1)' }])],
  ]
  for (const [what, answer] of unreadable) {
    test(`with ${what} is an error, neither ready nor running`, async () => {
      const operation = await begun()
      answers({ status: 200, ...answer })
      const { isError, data, text } = await run({ operation })
      assert.ok(isError, JSON.stringify(data))
      assert.doesNotMatch(text, /evil|script|Confused/)
    })
  }

  test('may have links to blobs of the public cloud', async () => {
    const operation = await begun()
    answers({ status: 200, ...of([blob]) })
    assert.deepEqual(ready.parse((await run({ operation })).data).links, [{ url: link, bytes: 1 }])
  })

  test('is followed at its Location with the whole query', async () => {
    const c = 'MII'.repeat(600)
    stack.azure.admin.change({ locationQuery: { t: '639', c, s: 'a+/=', monitor: 'true' } })
    report(slow)
    const { operation } = running.parse((await run(october)).data)
    report({ polls: 0 })
    ready.parse((await run({ operation })).data)
    ready.parse((await run(october)).data)
  })

  const elsewhere = [
    undefined,
    'https://evil.example/subscriptions/x',
    `/subscriptions/${production}/providers/Microsoft.Storage/storageAccounts/x?api-version=1`,
    `/subscriptions/${production}/providers/Microsoft.CostManagement/query?api-version=1`,
  ]
  for (const location of elsewhere) {
    test(`at Location ${location} is an error, and nothing is asked there`, async () => {
      const headers = location === undefined ? {} : { location }
      stack.azure.admin.fail({ at: 'report', kind: 'answer', status: 202, headers })
      const { isError } = await run(october)
      assert.ok(isError)
      assert.equal(asked().length, 1)
    })
  }

  test('that fails is an error in our words', async () => {
    report({ outcome: 'Failed' })
    const { isError, text } = await run(october)
    assert.ok(isError)
    assert.match(text, /did not give a usable answer/)
    assert.doesNotMatch(text, /could not be generated/)
  })

  for (const [what, fault] of [
    ['throttled', { kind: 'status', status: 429, quotaRetryAfterSeconds: { entity: 70 } }],
    ['out', { kind: 'status', status: 500 }],
    ['cut off', { kind: 'reset' }],
  ] as const) {
    test(`stays running with its operation after ${what} during the wait`, async () => {
      stack.azure.admin.fail({ at: 'operation', ...fault })
      const { operation, retryAfterSeconds } = running.parse((await run(october)).data)
      assert.equal(retryAfterSeconds, what === 'throttled' ? 70 : 1)
      ready.parse((await run({ operation })).data)
    })
  }

  test('that is refused during the wait is an error', async () => {
    stack.azure.admin.fail({ at: 'operation', kind: 'status', status: 403 })
    await assertRefused(october, /may not do this/)
  })

  test('that is throttled before it begins is an error that says when to try again', async () => {
    const quotaRetryAfterSeconds = { entity: 70 }
    stack.azure.admin.fail({ at: 'report', kind: 'status', status: 429, quotaRetryAfterSeconds })
    await assertRefused(october, /Try again in 70 seconds/)
  })

  test('of another user’s subscription is refused', async () => {
    await assertRefused({ ...october, scope: retail }, /403 AuthorizationFailed/)
  })
})

suite('arguments', () => {
  const group = `/subscriptions/${production}/resourceGroups/rg-contoso-production-web`
  const management = '/providers/Microsoft.Management/managementGroups/contoso'
  const operation = 'x:/subscriptions'
  const refused: [args: object, problem: RegExp][] = [
    [{}, /scope and month: give both, or operation alone/],
    [{ scope: production }, /scope and month/],
    [{ month: '2026-10' }, /scope and month/],
    [{ ...october, operation }, /operation: leave out scope and month/],
    [{ scope: production, operation }, /operation: leave out/],
    [{ ...october, scope: group }, /one subscription at a time/],
    [{ ...october, scope: management }, /one subscription at a time/],
    [{ ...october, month: '2026-12' }, /month: must not be in the future/],
    [{ ...october, month: '2025-09' }, /month: must be 2025-10 or later/],
    [{ ...october, month: '2026-13' }, /month as YYYY-MM/],
    [{ ...october, month: '2026-00' }, /month as YYYY-MM/],
    [{ ...october, month: '2026-10-01' }, /month as YYYY-MM/],
    [{ ...october, month: 'October' }, /month as YYYY-MM/],
    [{ ...october, format: 'parquet' }, /format/],
  ]
  for (const [args, problem] of refused) {
    test(`${JSON.stringify(args)} is refused before Azure is asked`, async () => {
      await assertRefused(args, problem)
      assert.deepEqual(asked(), [])
    })
  }
})

suite('operations', () => {
  const notOurs = /operation: this user did not get it from this tool/
  /** Accepts every signature. */
  const binding = { sign: () => 'signature', verify: () => true }
  const path = `/subscriptions/${production}/providers/Microsoft.CostManagement/costDetailsOperationResults/abc?api-version=2025-03-01`

  const changes: [what: string, change: (operation: string) => string][] = [
    ['a blank', () => ' '],
    ['no binding', (it) => it.slice(it.indexOf(':') + 1)],
    ['an empty binding', (it) => it.slice(it.indexOf(':'))],
    ['another binding', (it) => `${it.startsWith('A') ? 'B' : 'A'}${it.slice(1)}`],
    ['one more letter', (it) => `A${it}`],
    ['a hash without a key', hashed],
    ['another subscription', (it) => it.replace(`${production}`, `${staging}`)],
    ['another id', (it) => it.replace(/Results\/./, 'Results/x')],
    ['another version', (it) => it.replace(/\d\d$/, '02')],
    ['more of a query', (it) => `${it}&$expand=x`],
    ['dots', (it) => it.replace('/providers', '/../providers')],
    ['another origin', (it) => it.replace(':/', ':https://evil.example/')],
    ['an address without a scheme', (it) => it.replace(':/', '://evil.example/')],
    ['a line break', (it) => `${it}\n`],
    ['capitals', (it) => it.toUpperCase()],
  ]
  function hashed(operation: string) {
    const at = operation.slice(operation.indexOf(':') + 1)
    const text = JSON.stringify([tenantId, alice.oid, at])
    return `${hash('sha256', text, 'base64url').slice(0, 22)}:${at}`
  }
  test('a changed operation is refused without a request to Azure', async () => {
    const operation = await begun()
    for (const [what, change] of changes) {
      const { isError, text } = await run({ operation: change(operation) })
      assert.ok(isError, what)
      assert.match(text, notOurs, what)
    }
    assert.deepEqual(asked(), [])
  })

  test('another user’s operation is refused without a request to Azure', async () => {
    const operation = await begun()
    const role = { user: bob.oid, resource: clients.api.clientId, role: 'Cost.Exporter' }
    stack.entra.admin.putRoleAssignment(role)
    await assertRefused({ operation }, notOurs, bob)
    assert.deepEqual(asked(), [])
  })

  test('an operation that Azure does not know is not found', async () => {
    const headers = { location: path, 'retry-after': '55' }
    stack.azure.admin.fail({ at: 'report', kind: 'answer', status: 202, headers })
    const { operation } = running.parse((await run(october)).data)
    await assertRefused({ operation }, /\(404 NotFound\)/)
  })

  test('only operations of Cost Management are accepted', () => {
    const elsewhere = [
      '/subscriptions?api-version=2022-12-01',
      path.replace('costDetailsOperationResults', 'query'),
      path.replace('Microsoft.CostManagement', 'Microsoft.Storage'),
      path.replace('abc', 'a/b'),
      path.replace('abc', '..'),
      `${path}#x`,
      `${path} `,
      `${path}\n`,
      `/x${path}`,
      `https://evil.example${path}`,
      `/subscriptions/${production}/resourceGroups/a${path.slice(path.indexOf('/providers'))}`,
    ]
    for (const it of elsewhere) assert.equal(operationOf(it, binding), undefined, it)
    assert.ok(operationOf(path, binding))
    assert.ok(operationOf(`${path}&monitor=true&t=1`, binding))
  })
})
