/**
 * `npm run bench`: runs all suites one after another, prints their reports and writes them to README.md. `npm run bench
 * -- warm growth` runs only these two, and writes nothing.
 */
import { apiClientId, tenantId } from './far-side/directory.ts'
import { startFarSide } from './far-side/far-side.ts'
import type { Bench, Report, Suite } from './harness/bench.ts'
import { machine, writeFigures } from './harness/readme.ts'
import { goalsTable, section } from './harness/report.ts'
import { startSubject } from './harness/subject.ts'
import { signingKey, usersOf } from './harness/users.ts'
import { authorization } from './suites/authorization.ts'
import { burst } from './suites/burst.ts'
import { faults } from './suites/faults.ts'
import { growth } from './suites/growth.ts'
import { neighbours } from './suites/neighbours.ts'
import { relay } from './suites/relay.ts'
import { startUp } from './suites/start-up.ts'
import { tokenTable } from './suites/token-table.ts'
import { tools } from './suites/tools.ts'
import { warm } from './suites/warm.ts'

const suites: Readonly<Record<string, Suite>> = {
  ...{
    warm,
    growth,
    tools,
    burst,
    'start-up': startUp,
    faults,
    neighbours,
    'token-table': tokenTable,
    authorization,
    relay,
  },
}

const chosen = process.argv.slice(2)
const unknown = chosen.filter((name) => !(name in suites))
if (unknown.length > 0) {
  console.error(
    `There is no suite ${unknown.join(', ')}. The suites are ${Object.keys(suites).join(', ')}.`,
  )
  process.exit(1)
}

const { privateKey, jwks } = signingKey()
const farSide = await startFarSide(jwks)
const settings = {
  ENTRA_TENANT_ID: tenantId,
  ENTRA_CLIENT_ID: apiClientId,
  ENTRA_CLIENT_SECRET: 'bench',
  ENTRA_AUTHORITY_HOST: farSide.origin,
  RATE_LIMIT_PER_MINUTE: '1000000',
  ARM_BASE_URL: `${farSide.origin}/arm`,
}
const newUsers = usersOf({ privateKey, entra: farSide.origin })

async function run(suite: Suite): Promise<Report> {
  await using parts = new AsyncDisposableStack()
  const keep: Bench['keep'] = (part) =>
    parts.adopt(part, async (it) => {
      await it.close()
    })
  const start: Bench['start'] = async (kind) => keep(await startSubject(kind, settings))
  return await suite({ farSide, settings, newUsers, start, keep })
}

const reports: Report[] = []
try {
  for (const [name, suite] of Object.entries(suites)) {
    if (chosen.length > 0 && !chosen.includes(name)) continue
    const report = await run(suite)
    reports.push(report)
    console.log(`${section(report)}\n`)
  }
} finally {
  farSide.close()
}
const goals = goalsTable(reports)
console.log(`${goals}\n\n${machine()}`)
if (chosen.length === 0) await writeFigures([machine(), goals, ...reports.map(section)])
