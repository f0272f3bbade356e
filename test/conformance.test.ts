/**
 * The official conformance suite against an endpoint of ours, in both eras. Its scenarios, and those that are left out,
 * are listed in support/conformance-scenarios.ts.
 */
import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { before, test } from 'node:test'
import { startConformanceEndpoint } from './support/conformance-endpoint.ts'
import { scenarios } from './support/conformance-scenarios.ts'
import { type Check, isFailure, readChecks, runSuite } from './support/conformance-suite.ts'

const revisions = ['2025-11-25', '2026-07-28']
const leftOut = new Set(scenarios.flatMap(({ names, leftOut }) => (leftOut ? names : [])))
const checksLeftOut = new Set(scenarios.flatMap(({ without = {} }) => Object.keys(without)))

const results = new Map<string, Check[]>()
before(async () => {
  const endpoint = await startConformanceEndpoint()
  const folder = await mkdtemp(join(tmpdir(), 'conformance-'))
  try {
    await Promise.all(
      revisions.map(async (revision) => {
        const output = join(folder, revision)
        await runSuite(['server', '--url', endpoint.url, '--requirements', revision, '-o', output])
        results.set(revision, await readChecks(output))
      }),
    )
  } finally {
    await rm(folder, { recursive: true, force: true })
    await endpoint.close()
  }
})

for (const revision of revisions) {
  test(`${revision}: every check passes that is not left out`, () => {
    const failed = (results.get(revision) ?? []).filter(
      ({ scenario, id, status }) =>
        isFailure(status) && !leftOut.has(scenario) && !checksLeftOut.has(id),
    )
    assert.deepEqual(failed, [])
  })
}

test('every scenario that is not left out has passing checks', () => {
  const all = [...results.values()].flat()
  const passing = new Set(
    all.filter(({ status }) => status === 'SUCCESS').map(({ scenario }) => scenario),
  )
  const wanted = new Set(scenarios.flatMap(({ names, leftOut }) => (leftOut ? [] : names)))
  assert.deepEqual([...wanted.difference(passing)], [])
})

test('every server scenario of the suite stands in the list once, and no other does', async () => {
  const listed = await runSuite(['list', '--server'])
  const existing = [...listed.matchAll(/^ {2}- (\S+) \[/gm)].map(([, name]) => name)
  assert.deepEqual(scenarios.flatMap(({ names }) => names).sort(), existing.sort())
})

test('a check that is left out of a scenario would fail', () => {
  const all = [...results.values()].flat()
  const failing = new Set(all.filter(({ status }) => isFailure(status)).map(({ id }) => id))
  assert.deepEqual([...checksLeftOut.difference(failing)], [])
})
