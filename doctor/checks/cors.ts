/** Whether web pages of allowed origins can call the server, and others cannot (Fetch standard, CORS protocol). */
import type { Check, Finding, Subject } from '../check.ts'

const stranger = 'https://doctor.invalid'

export const corsCheck: Check = {
  name: 'cors',
  title: 'Calls from web pages (CORS)',
  async look(subject) {
    const { settings } = await subject.services()
    const [endpoint] = subject.endpoints
    if (!endpoint) return []
    const url = `${subject.origin}/mcp/${endpoint.name}`
    const allowed = [subject.origin, ...settings.allowedOrigins]
    const findings = await Promise.all(allowed.map((origin) => asAllowed(subject, url, origin)))
    return [...findings.flat(), ...(await asStranger(subject, url))]
  },
}

async function asAllowed({ fetch }: Subject, url: string, origin: string): Promise<Finding[]> {
  const preflight = await fetch(url, {
    method: 'OPTIONS',
    headers: {
      origin,
      'access-control-request-method': 'POST',
      'access-control-request-headers': 'authorization, content-type, mcp-protocol-version',
    },
  })
  const call = await fetch(url, { method: 'POST', headers: { origin }, body: '{}' })
  await call.body?.cancel()
  const lacks = [
    ...(preflight.ok ? [] : [`the preflight was answered with ${preflight.status}`]),
    ...(names(preflight, 'allow-headers', 'authorization')
      ? []
      : ['Authorization may not be sent']),
    ...(names(call, 'allow-origin', origin) ? [] : ['answers may not be read']),
    ...(names(call, 'expose-headers', 'www-authenticate')
      ? []
      : ['WWW-Authenticate may not be read']),
  ]
  if (lacks.length === 0) return []
  return [
    {
      seen: `For pages of ${origin}: ${lacks.join(', ')}`,
      expected: 'They can call the server and read its challenges',
      who: 'operator',
      how: 'Remove the platform’s own CORS settings (Function app, CORS: no origins) and the gateway’s: the app applies ALLOWED_ORIGINS. If you have just added the origin there, restart the app',
    },
  ]
}

async function asStranger({ fetch }: Subject, url: string): Promise<Finding[]> {
  const response = await fetch(url, { method: 'POST', headers: { origin: stranger }, body: '{}' })
  await response.body?.cancel()
  const shown = response.headers.get('access-control-allow-origin')
  if (response.status === 403 && shown === null) return []
  return [
    {
      seen: `A page of ${stranger} got ${response.status}${shown === null ? '' : `, and may read it (${shown})`}`,
      expected: '403: pages of other origins cannot call the server',
      who: 'operator',
      how: 'Remove the platform’s own CORS settings (Function app, CORS: no origins, not *) and do not change Origin or the response headers in the gateway',
    },
  ]
}

const names = ({ headers }: Response, header: string, value: string) =>
  (headers.get(`access-control-${header}`) ?? '').toLowerCase().includes(value.toLowerCase())
