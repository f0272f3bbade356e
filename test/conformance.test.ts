/**
 * The protocol's own judges: the official conformance suite against an endpoint of ours, in both eras. Which
 * scenarios it has, and what of them is left out, stands in support/conformance-scenarios.ts.
 */
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { before, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import * as z from 'zod'
import { startConformanceEndpoint } from './support/conformance-endpoint.ts'
import { scenarios } from './support/conformance-scenarios.ts'

const revisions = ['2025-11-25', '2026-07-28']
const leftOut = new Set(scenarios.flatMap(({ names, leftOut }) => (leftOut ? names : [])))
const checksLeftOut = new Set(scenarios.flatMap(({ without = {} }) => Object.keys(without)))
const isFailure = (status: string) => status === 'FAILURE' || status === 'WARNING'

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

test('every scenario that is not left out has checks that pass', () => {
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

/** @returns what it prints. Its exit code says nothing here: what is left out fails. */
async function runSuite(args: string[]): Promise<string> {
  const program = import.meta.resolve('@modelcontextprotocol/conformance/dist/index.js')
  const suite = spawn(process.execPath, [fileURLToPath(program), ...args], {
    stdio: ['ignore', 'pipe', 'ignore'],
    timeout: 60_000,
  })
  return text(suite.stdout)
}

type Check = z.output<typeof checks>[number] & { scenario: string }
const checks = z.array(
  z.object({ id: z.string(), status: z.string(), errorMessage: z.string().optional() }),
)

/** The suite writes `server-<scenario>-<time>/checks.json`. */
async function readChecks(folder: string): Promise<Check[]> {
  const found: Check[] = []
  for (const name of await readdir(folder)) {
    const scenario = name.replace(/^server-/, '').replace(/-\d{4}-\d\d-\d\dT[\dZ-]+$/, '')
    const file = await readFile(join(folder, name, 'checks.json'), 'utf8')
    found.push(...checks.parse(JSON.parse(file)).map((check) => ({ scenario, ...check })))
  }
  return found
}
