/**
 * The log in Azure: the level at which the host keeps a line, and whether the queries of the guide, the workbook and
 * the alerts find it.
 */
import assert from 'node:assert/strict'
import { globSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { mock, suite, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { app } from '@azure/functions'
import * as z from 'zod'
import hostJson from '../host.json' with { type: 'json' }
import { deployments } from '../infra/check/check.ts'
import { at } from '../infra/check/value.ts'
import { readHostJson } from '../local/host/host-json.ts'
import { startHost } from '../local/host.ts'
import { graph } from '../shared/downstreams.ts'
import { createServices } from '../shared/services.ts'
import { parseSettings } from '../shared/settings.ts'
import { auditFields, auditRecordOf } from './support/audit-record.ts'
import { send, start } from './support/function-host.ts'
import { kqlProblems } from './support/kql.ts'

suite('host.json', () => {
  const { logLevel, applicationInsights } = hostJson.logging
  test('keeps lines of requests, and warnings of the rest', () => {
    assert.deepEqual([logLevel.Function, logLevel.default], ['Information', 'Warning'])
  })

  test('samples no line away', () => {
    const excluded = applicationInsights.samplingSettings.excludedTypes.split(';')
    assert.deepEqual(excluded.toSorted(), ['Exception', 'Request', 'Trace'])
  })

  test('sets the headers that every answer should have, which the local host does too', async () => {
    const { customHeaders } = await readHostJson(new URL('../host.json', import.meta.url))
    const host = await start(
      () => {
        app.http('plain', { route: 'plain', handler: () => ({ body: 'x' }) })
        app.http('own', {
          route: 'own',
          handler: () => ({ headers: { 'X-Content-Type-Options': 'of its own' } }),
        })
        app.http('fails', { route: 'fails', handler: () => Promise.reject(new Error('no')) })
      },
      { customHeaders },
    )
    const headersOf = async (path: string) => (await send(host, 'GET', path)).headers
    for (const path of ['/plain', '/fails', '/nowhere']) {
      const headers = await headersOf(path)
      assert.equal(headers['strict-transport-security'], 'max-age=31536000', path)
      assert.equal(headers['x-content-type-options'], 'nosniff', path)
    }
    assert.equal((await headersOf('/own'))['x-content-type-options'], 'of its own')
  })
})

test('messages at start keep their level, which the host reads from a line’s words', (t) => {
  const warn = t.mock.method(console, 'warn', () => {})
  createServices(
    parseSettings(
      {
        ENTRA_TENANT_ID: '11111111-1111-4111-8111-111111111111',
        ENTRA_CLIENT_ID: '22222222-2222-4222-8222-222222222222',
        ENTRA_CLIENT_SECRET: 'an-unused-secret',
        PUBLIC_BASE_URL: 'http://localhost:7071',
      },
      [graph],
    ),
    { now: () => Date.UTC(2026, 10, 25) },
  )
  const lines = warn.mock.calls.map(({ arguments: [line] }) => String(line))
  assert.ok(lines.length >= 2)
  for (const line of lines) {
    assert.match(line, /warn/)
    const { time, severity, detail } = auditRecordOf(line)
    assert.deepEqual([time, severity], ['2026-11-25T00:00:00.000Z', 'warning'])
    assert.ok(detail)
  }
})

test('the local host dates each line', async () => {
  const error = mock.method(console, 'error', () => {})
  const host = await startHost({
    port: 0,
    load: async () => app.http('1st', { handler: () => ({}) }),
  })
  await host.close()
  const [line] = error.mock.calls.map(({ arguments: [line] }) => String(line))
  error.mock.restore()
  assert.match(line ?? '', /^\[\d{4}-\d\d-\d\dT[\d:.]+Z\] \[error\] 1st is skipped: /)
})

const root = fileURLToPath(new URL('..', import.meta.url))

/** Outcomes that the source names, as a record's or as a report's. */
async function outcomesInSource(): Promise<string[]> {
  const sources = globSync('{functions,shared}/**/*.ts', { cwd: root })
  const texts = await Promise.all(sources.map((file) => readFile(`${root}${file}`, 'utf8')))
  const literal = /(?:outcome: |report\(\s*)'(\w+)'/g
  return texts.flatMap((text) => [...text.matchAll(literal)].map(([, name = '']) => name))
}

test('the analysis of queries finds wrong ones', () => {
  assert.deepEqual(kqlProblems('traces | summarize count() by severityLevel'), [])
  for (const query of [
    'traces | where messag == 1',
    'traces |',
    'traces | extend tostrin(message)',
  ])
    assert.equal(kqlProblems(query).length, 1, query)
})

suite('the workbook and the alerts', async () => {
  const failures = await readFile(`${root}shared/failure.ts`, 'utf8')
  const reasons = [...failures.matchAll(/reason: '(\w+)'/g)].map(([, reason = '']) => reason)
  const { resources } = deployments().get('default') ?? assert.fail()
  const deployed = Object.values(resources)
  const [workbook] = deployed.filter(({ type }) => type === 'Microsoft.Insights/workbooks')
  const rules = deployed.filter(({ type }) => type === 'Microsoft.Insights/scheduledQueryRules')
  const content = at(workbook, 'properties.serializedData')[0]
  const items = at(z.json().parse(JSON.parse(z.string().parse(content))), 'items.*.content.query')
  const ofRules = rules.flatMap((it) => at(it, 'properties.criteria.allOf.*.query'))
  const queries = z
    .array(z.string())
    .parse([...items.filter((query) => query !== undefined), ...ofRules])

  test('have valid queries', () => {
    assert.deepEqual([rules.length, queries.length], [2, 11])
    assert.ok(queries.every((query) => query.startsWith('let lines = traces')))
    for (const query of queries) assert.deepEqual(kqlProblems(query), [], query)
  })

  test('name only fields that lines have', () => {
    const named = queries.flatMap((query) => [...query.matchAll(/\bline\.(\w+)/g)])
    assert.ok(named.length > 30)
    const unknown = named.map(([, field = '']) => field).filter((it) => !auditFields.includes(it))
    assert.deepEqual(unknown, [])
  })

  test('name only outcomes that lines can have', async () => {
    const known = new Set(['server_error', 'consent_unreachable', ...reasons])
    for (const outcome of await outcomesInSource()) known.add(outcome)
    const compared = queries.flatMap((query) => [
      ...query.matchAll(/\boutcome (?:[!=]=|in) ("\w+"|\([^)]*\))/g),
    ])
    assert.ok(compared.length > 10)
    const names = compared.flatMap(([, list = '']) => list.match(/\w+/g) ?? [])
    assert.deepEqual(
      names.filter((name) => !known.has(name)),
      [],
    )
  })

  test('say for each reason who can fix it, unless it is only counted', () => {
    const fixes = queries.flatMap((query) => [...query.matchAll(/^ {2}"(\w+)", "[^"]+"/gm)])
    const explained = fixes.map(([, reason = '']) => reason).sort()
    // Without a token nothing was asked (journal.ts).
    const expected = new Set(reasons.filter((reason) => reason !== 'token_missing'))
    assert.deepEqual(explained, [...expected].sort())
  })
})

suite('docs/operate.md', async () => {
  const guide = await readFile(`${root}docs/operate.md`, 'utf8')
  const queries = [...guide.matchAll(/```kusto\n(.*?)```/gs)].map(([, query = '']) => query)
  const named = queries.flatMap((query) => [...query.matchAll(/\bline\.(\w+)/g)])

  test('has valid queries, which name only fields that lines have', () => {
    assert.ok(queries.length >= 3 && named.length > 10)
    for (const query of queries) assert.deepEqual(kqlProblems(query), [], query)
    const unknown = named.map(([, field = '']) => field).filter((it) => !auditFields.includes(it))
    assert.deepEqual(unknown, [])
  })

  test('explains every field', () => {
    const [, table = ''] = /\| field \| is \|\n(.*?)\n\n/s.exec(guide) ?? []
    const cells = table.split('\n').map((row) => row.split('|')[1] ?? '')
    const explained = cells.flatMap((cell) =>
      [...cell.matchAll(/`(\w+)`/g)].map(([, name]) => name),
    )
    assert.deepEqual(explained.toSorted(), auditFields.toSorted())
  })

  test('explains every outcome that is no failure of a call', async () => {
    const outcomes = await outcomesInSource()
    assert.ok(outcomes.length > 8)
    const known = ['ok', 'unforeseen']
    assert.deepEqual(
      outcomes.filter((name) => !known.includes(name) && !guide.includes(`| \`${name}\``)),
      [],
    )
  })

  test('has an example that is a valid line', () => {
    const [, line = ''] = /```json\n(\{"severity".*)\n```/.exec(guide) ?? []
    const { reference: _reference, downstreamRequestIds: _ids, ...fields } = JSON.parse(line)
    for (const name of Object.keys(fields)) assert.ok(auditFields.includes(name), name)
  })
})
