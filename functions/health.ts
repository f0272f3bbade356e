/**
 * GET /healthz: shows that the app runs and, with ?deep, that it can reach what it needs. Deep checks run at most once
 * every ten seconds. No sign-in, and no secrets in the answer.
 */
import { SUPPORTED_PROTOCOL_VERSIONS } from '@modelcontextprotocol/server'
import packageJson from '../package.json' with { type: 'json' }
import { causes } from '../shared/audit.ts'
import type { RequestHandler } from '../shared/http/request-handler.ts'
import { httpFunction } from '../shared/register.ts'
import type { Services } from '../shared/services.ts'

const askAgainAfter = 10_000
/** Older versions work as well, through the SDK, but are not promised. */
const protocols = [
  '2026-07-28',
  ...SUPPORTED_PROTOCOL_VERSIONS.filter((version) => version >= '2025-03-26'),
]
type Health = 'ok' | 'failed'

/** @param services their clock decides when checks run again */
export function healthHandler(services: Services): RequestHandler {
  const check = checks(services)
  return async (request) => {
    const deep = new URL(request.url).searchParams.has('deep') ? await check() : undefined
    const isDegraded = Object.values(deep ?? {}).includes('failed')
    const document = {
      status: isDegraded ? 'degraded' : 'ok',
      version: packageJson.version,
      protocols,
      ...(deep && { checks: deep }),
    }
    const headers = { 'cache-control': 'no-store' }
    return Response.json(document, { status: isDegraded ? 503 : 200, headers })
  }
}

export const health = httpFunction('healthz', {
  route: 'healthz',
  methods: ['GET', 'HEAD'],
  handler: healthHandler,
})

function checks({ readKeys, checkCredential, tokenCache, report, now }: Services) {
  let asked: { at: number; answers: ReturnType<typeof ask> } | undefined
  const ask = async () => {
    const healthOf = (name: string, check: Promise<void>): Promise<Health> =>
      check.then(
        () => 'ok',
        (error: unknown) => {
          report('health_check_failed', `${name}: ${causes(error)}`)
          return 'failed'
        },
      )
    const [keys, table, credential] = await Promise.all([
      healthOf('keys', readKeys()),
      tokenCache.shared ? healthOf('table', tokenCache.shared.check()) : 'off',
      healthOf('credential', checkCredential()),
    ])
    return { keys, table, credential }
  }
  return () => {
    if (asked && now() - asked.at < askAgainAfter) return asked.answers
    asked = { at: now(), answers: ask() }
    return asked.answers
  }
}
