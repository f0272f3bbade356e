/**
 * `npm run doctor [-- https://host] [--json]`: finds what would go wrong before a user meets it. `--token` explains a
 * token from standard input instead. Exits with 1 on findings, and when the token is refused.
 */
import { text } from 'node:stream/consumers'
import { parseArgs } from 'node:util'
import { SettingsError } from '../local/settings-file.ts'
import { orExplain } from '../local/stop.ts'
import type { Subject } from './check.ts'
import { examine } from './examine.ts'
import { deployment } from './places/deployment.ts'
import { localStack } from './places/local-stack.ts'
import { ownSettings } from './places/own-settings.ts'
import { reportLines } from './report.ts'
import { explainToken, explanationLines } from './token.ts'

const usage = `npm run doctor [-- https://host]
  --json     prints JSON
  --token    explains the token on standard input, without storing or sending it`

await orExplain(async () => {
  const { origin, json, token } = given()
  const subject = await subjectAt(origin)
  if (token) {
    const explanation = await explainToken(subject, await text(process.stdin))
    console.log(
      json ? JSON.stringify(explanation, null, 2) : explanationLines(explanation).join('\n'),
    )
    process.exit(explanation.verdict.taken ? 0 : 1)
  }
  const looked = await examine(subject)
  console.log(
    json
      ? JSON.stringify({ origin: subject.origin, checks: looked }, null, 2)
      : reportLines(subject.origin, looked).join('\n'),
  )
  process.exit(looked.some(({ findings }) => findings.length > 0) ? 1 : 0)
})

function given(): { origin: string | undefined; json: boolean; token: boolean } {
  try {
    const { values, positionals } = parseArgs({
      allowPositionals: true,
      options: {
        json: { type: 'boolean', default: false },
        token: { type: 'boolean', default: false },
      },
    })
    const [host, ...others] = positionals
    if (others.length > 0) throw new Error('Name one host only')
    return { origin: host && originOf(host), ...values }
  } catch (error) {
    throw new SettingsError(`${error instanceof Error ? error.message : error}\n${usage}`)
  }
}

function originOf(host: string): string {
  const url = URL.parse(host)
  if (url && /^https?:$/.test(url.protocol)) return url.origin
  throw new Error(`${host} is not the URL of a host: it must begin with https:// or http://`)
}

/** The local stack if it was started here, else azd's environment, else the settings of this folder. */
async function subjectAt(origin: string | undefined): Promise<Subject> {
  const stack = await localStack()
  if (stack && (origin === undefined || origin === stack.origin)) return stack
  return (await deployment(origin)) ?? ownSettings(origin)
}
