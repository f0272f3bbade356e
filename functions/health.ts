/**
 * GET /healthz: that the app runs and, with ?deep, that it reaches what it needs; others are asked at most once in
 * ten seconds, however often we are. No secrets, no sign-in.
 */
import { SUPPORTED_PROTOCOL_VERSIONS } from '@modelcontextprotocol/server'
import packageJson from '../package.json' with { type: 'json' }
import { httpFunction, services } from '../shared/app.ts'

const askAgainAfter = 10_000
/** Older ones are answered too, as the SDK does, but not promised. */
const protocols = [
  '2026-07-28',
  ...SUPPORTED_PROTOCOL_VERSIONS.filter((version) => version >= '2025-03-26'),
]
let asked: { at: number; keys: Promise<'ok' | 'failed'> } | undefined

async function checks() {
  const { readKeys, now } = services
  if (!asked || now() - asked.at >= askAgainAfter) {
    const keys = readKeys().then(
      () => 'ok' as const,
      () => 'failed' as const,
    )
    asked = { at: now(), keys }
  }
  return { keys: await asked.keys, table: 'off' }
}

httpFunction('healthz', {
  route: 'healthz',
  methods: ['GET', 'HEAD'],
  async handle(request) {
    const deep = new URL(request.url).searchParams.has('deep') ? await checks() : undefined
    const degraded = deep?.keys === 'failed'
    const document = {
      status: degraded ? 'degraded' : 'ok',
      version: packageJson.version,
      protocols,
      ...(deep && { checks: deep }),
    }
    const headers = { 'cache-control': 'no-store' }
    return Response.json(document, { status: degraded ? 503 : 200, headers })
  },
})
