/** Whether the app answers, has this version, and reaches its dependencies (`/healthz?deep`). */
import packageJson from '../../package.json' with { type: 'json' }
import { causes } from '../../shared/audit.ts'
import { parseJson } from '../../shared/json.ts'
import * as z from '../../shared/zod.ts'
import type { Check, Finding, Subject } from '../check.ts'

export const healthCheck: Check = {
  name: 'health',
  title: 'The app, and what it reaches',
  async look({ origin, endpoints, fetch }, say) {
    const url = `${origin}/healthz?deep`
    let response: Response
    try {
      response = await fetch(url, { redirect: 'manual', signal: AbortSignal.timeout(60_000) })
    } catch (error) {
      return [silent(origin, causes(error))]
    }
    const health = document.safeParse(parseJson(await response.text()))
    if (!health.success) return [other(url, response.status)]
    const { version, checks } = health.data
    say(`Version ${version}`)
    const failed = Object.entries(checks).filter(([, state]) => state === 'failed')
    return [
      ...failed.map(([part]) => ({
        seen: `"${part}": "failed" at ${url}`,
        ...(cures[part] ?? unknownPart),
      })),
      ...(version === packageJson.version ? [] : [otherVersion(version)]),
      ...(await startPage({ origin, endpoints, fetch })),
    ]
  },
}

/** The Functions host has its own page at `/`, which can hide the app's. */
async function startPage({
  origin,
  endpoints,
  fetch,
}: Pick<Subject, 'origin' | 'endpoints' | 'fetch'>): Promise<Finding[]> {
  const response = await fetch(`${origin}/`, {
    headers: { accept: 'text/html' },
    redirect: 'manual',
    signal: AbortSignal.timeout(30_000),
  })
  const page = await response.text()
  if (endpoints.every(({ name }) => page.includes(`/mcp/${name}`))) return []
  return [
    {
      seen: `${origin}/ answered ${response.status}, without the list of the endpoints`,
      expected: 'The app’s own page, for people; clients do not use it',
      who: 'operator',
      how: 'azd deploy. Behind a gateway, forward /. If it is the page of the Functions host, set AzureWebJobsDisableHomepage to true and restart',
    },
  ]
}

const document = z.object({
  version: z.string(),
  checks: z.record(z.string(), z.string()),
})

const silent = (origin: string, why: string): Finding => ({
  seen: `No answer from ${origin}: ${why}`,
  expected: 'The app answers',
  who: 'operator',
  how: 'Locally: npm start in another terminal. In Azure: check that the function app runs, its name resolves and its certificate is valid; its log says why it does not start',
})

const other = (url: string, status: number): Finding => ({
  seen: `${url} answered ${status}, but not like this app`,
  expected: '200 or 503 with {"status", "version", "checks"}',
  who: 'operator',
  how: 'If the status is 401 or 302: exclude /healthz in App Service Authentication. If it is 404 or 5xx: the app did not start (its log says why), or another app is deployed there (azd deploy replaces it)',
})

const otherVersion = (version: string): Finding => ({
  seen: `Version ${version} is deployed`,
  expected: `${packageJson.version}, as in this folder, whose endpoints the other checks compare`,
  who: 'operator',
  how: 'azd deploy, or check out the deployed version',
})

const unknownPart = {
  expected: 'ok',
  who: 'operator',
  how: 'The log line health_check_failed says why',
} as const

const cures: Readonly<Record<string, Omit<Finding, 'seen'>>> = {
  keys: {
    expected: 'The app reads the tenant’s signing keys',
    who: 'operator',
    how: 'Allow connections from the app’s network to Microsoft Entra (or set HTTPS_PROXY), and check ENTRA_TENANT_ID and ENTRA_AUTHORITY_HOST; the log line health_check_failed says why',
  },
  table: {
    expected: 'The app reads and writes its table',
    who: 'operator',
    how: 'Assign the role Storage Table Data Contributor on the storage account to the app’s managed identity, allow the app’s subnet in the account’s firewall, and check TOKEN_CACHE_TABLES_URL. A new role takes ten minutes to apply. Locally: stop npm start and start it again',
  },
  credential: {
    expected: 'Entra accepts the app’s credential',
    who: 'operator',
    how: 'Managed identity: assign it to the app, and set its principal id as subject of the registration’s federated credential. Certificate or secret: register it, or renew an expired one. The log line health_check_failed says which',
  },
}
