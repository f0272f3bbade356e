/**
 * GET /healthz: that the app runs and, with ?deep, that it reaches what it needs; others are asked at most once in
 * ten seconds, however often we are. No secrets, no sign-in.
 */
import { SUPPORTED_PROTOCOL_VERSIONS } from '@modelcontextprotocol/server'
import packageJson from '../package.json' with { type: 'json' }
import { httpFunction } from '../shared/register.ts'
import type { Services } from '../shared/services.ts'

const askAgainAfter = 10_000
/** Older ones are answered too, as the SDK does, but not promised. */
const protocols = [
  '2026-07-28',
  ...SUPPORTED_PROTOCOL_VERSIONS.filter((version) => version >= '2025-03-26'),
]
type Health = 'ok' | 'failed'

export const health = httpFunction('healthz', {
  route: 'healthz',
  methods: ['GET', 'HEAD'],
  handler(services) {
    const check = checks(services)
    return async (request) => {
      const deep = new URL(request.url).searchParams.has('deep') ? await check() : undefined
      const degraded = deep?.keys === 'failed' || deep?.table === 'failed'
      const document = {
        status: degraded ? 'degraded' : 'ok',
        version: packageJson.version,
        protocols,
        ...(deep && { checks: deep }),
      }
      const headers = { 'cache-control': 'no-store' }
      return Response.json(document, { status: degraded ? 503 : 200, headers })
    }
  },
})

function checks({ readKeys, tokenCache, now }: Services) {
  let asked: { at: number; answers: ReturnType<typeof together> } | undefined
  return () => {
    if (asked && now() - asked.at < askAgainAfter) return asked.answers
    const table = tokenCache.shared && healthOf(tokenCache.shared.check())
    const answers = together({ keys: healthOf(readKeys()), table })
    asked = { at: now(), answers }
    return answers
  }
}

const together = async (of: { keys: Promise<Health>; table: Promise<Health> | undefined }) => {
  const table: Health | 'off' = (await of.table) ?? 'off'
  return { keys: await of.keys, table }
}

const healthOf = (check: Promise<void>): Promise<Health> =>
  check.then(
    () => 'ok',
    () => 'failed',
  )
