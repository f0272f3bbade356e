/**
 * Protected resource metadata of each endpoint (RFC 9728): whether this app answers, not a proxy in front of it, and
 * whether the document matches the settings.
 */
import { wellKnown } from '../../shared/http/metadata.ts'
import { parseJson } from '../../shared/json.ts'
import { endpoint } from '../../shared/mcp/endpoint.ts'
import * as z from '../../shared/zod.ts'
import type { Check, Finding, Subject } from '../check.ts'

export const metadataCheck: Check = {
  name: 'metadata',
  title: 'Resource metadata',
  async look(subject) {
    const services = await subject.services()
    const looks = subject.endpoints.map(async (definition) => {
      const url = `${subject.origin}/${wellKnown}/mcp/${definition.name}`
      const { metadata } = endpoint(definition, services)
      const invocation = { reference: '', body: '', log: () => {} }
      const expected = document.parse(await (await metadata(new Request(url), invocation)).json())
      return findingsAt(url, await metadataAt(subject, url), expected)
    })
    return (await Promise.all(looks)).flat()
  },
}

const document = z.object({
  resource: z.string(),
  resource_name: z.string(),
  authorization_servers: z.array(z.string()),
  scopes_supported: z.array(z.string()),
})
export type Metadata = z.output<typeof document>

/** The document at `url`, or the status of any other answer. */
export async function metadataAt({ fetch }: Subject, url: string): Promise<Metadata | number> {
  const response = await fetch(url, { redirect: 'manual', signal: AbortSignal.timeout(10_000) })
  const parsed = document.safeParse(parseJson(await response.text()))
  return parsed.success && response.ok ? parsed.data : response.status
}

function findingsAt(url: string, seen: Metadata | number, expected: Metadata): Finding[] {
  if (seen === 404) return [missing(url)]
  if (typeof seen === 'number' || seen.resource_name !== expected.resource_name) {
    return [
      shadowed(url, typeof seen === 'number' ? `answered ${seen}` : 'was not answered by this app'),
    ]
  }
  return (['resource', 'authorization_servers', 'scopes_supported'] as const)
    .filter((field) => String(seen[field]) !== String(expected[field]))
    .map((field) => ({
      seen: `${field} ${[seen[field]].flat().join(' ')} at ${url}`,
      expected: [expected[field]].flat().join(' '),
      who: 'operator',
      how: cures[field],
    }))
}

const cures = {
  resource:
    'Set PUBLIC_BASE_URL to the origin that clients use; do not rewrite the document in a gateway',
  authorization_servers:
    'Correct ENTRA_TENANT_ID, ENTRA_AUTHORITY_HOST or OAUTH_CLIENT_ID, restart the app, and do not rewrite the document in a gateway',
  scopes_supported:
    'Deploy this folder (azd deploy). Set ENTRA_APP_ID_URI only if the endpoint’s URL cannot be an identifier URI',
} as const

const shadowed = (url: string, what: string): Finding => ({
  seen: `${url} ${what}`,
  expected: 'This app’s own document',
  who: 'operator',
  how: 'App Service Authentication or a gateway answers instead of the app: exclude /.well-known there (globalValidation.excludedPaths), and remove WEBSITE_AUTH_PRM_DEFAULT_WITH_SCOPES',
})

const missing = (url: string): Finding => ({
  seen: `${url} answered 404`,
  expected: 'The metadata of an endpoint of this folder',
  who: 'operator',
  how: 'Deploy this folder (azd deploy). Behind a gateway, forward /.well-known',
})
