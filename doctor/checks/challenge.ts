/** The challenge that starts a sign-in: it must match the metadata, and bearer tokens must reach the app. */
import { wellKnown } from '../../shared/http/metadata.ts'
import type { Check, Finding, Subject } from '../check.ts'
import { metadataAt } from './metadata.ts'

export const challengeCheck: Check = {
  name: 'challenge',
  title: 'Challenge',
  async look(subject) {
    const looks = subject.endpoints.map(async ({ name }) => {
      const url = `${subject.origin}/mcp/${name}`
      const [anonymous, withBearer] = await Promise.all([
        challengeAt(subject, url),
        challengeAt(subject, url, 'Bearer doctor.is.asking'),
      ])
      if (anonymous.status === 404) return [notServed(url)]
      if (anonymous.status !== 401) return [noChallenge(url, anonymous.status)]
      const metadataUrl = `${subject.origin}/${wellKnown}/mcp/${name}`
      const metadata = await metadataAt(subject, metadataUrl)
      return [
        ...(anonymous.resource_metadata === metadataUrl
          ? []
          : [otherMetadata(url, anonymous.resource_metadata, metadataUrl)]),
        ...(typeof metadata === 'number' || anonymous.scope === metadata.scopes_supported.join(' ')
          ? []
          : [otherScopes(url, anonymous.scope, metadata.scopes_supported)]),
        ...(withBearer.status === 401 && withBearer.error === 'invalid_token'
          ? []
          : [keptAway(url, withBearer)]),
      ]
    })
    return (await Promise.all(looks)).flat()
  },
}

type Challenge = { status: number } & Partial<
  Record<'error' | 'scope' | 'resource_metadata', string>
>

async function challengeAt(
  { fetch }: Subject,
  url: string,
  authorization?: string,
): Promise<Challenge> {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...(authorization && { authorization }) },
    body: JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/list' }),
    redirect: 'manual',
    signal: AbortSignal.timeout(30_000),
  })
  await response.body?.cancel()
  // RFC 9110 §11.2; the app quotes all parameters.
  const parameters = (response.headers.get('www-authenticate') ?? '').matchAll(/(\w+)="([^"]*)"/g)
  return {
    ...Object.fromEntries([...parameters].map(([, name, value]) => [name, value])),
    status: response.status,
  }
}

const notServed = (url: string): Finding => ({
  seen: `POST ${url} answered 404`,
  expected: 'The deployment serves every endpoint of this folder',
  who: 'operator',
  how: 'Deploy this folder (azd deploy). Behind a gateway, forward /mcp',
})

const noChallenge = (url: string, status: number): Finding => ({
  seen: `POST ${url} without a token answered ${status}`,
  expected: '401 with WWW-Authenticate, from which clients learn where to sign in',
  who: 'operator',
  how: 'If the status is 302 or 403: let App Service Authentication allow anonymous requests (unauthenticatedClientAction AllowAnonymous). Behind a gateway: forward requests without a token',
})

const otherMetadata = (url: string, seen: string | undefined, expected: string): Finding => ({
  seen: `The challenge of ${url} names ${seen ?? 'no metadata'}`,
  expected: `resource_metadata="${expected}"`,
  who: 'operator',
  how: 'App Service Authentication or a gateway answers instead of the app, or rewrites WWW-Authenticate: exclude /mcp in App Service Authentication, and do not change the header in the gateway. If it names another host, correct PUBLIC_BASE_URL',
})

const otherScopes = (
  url: string,
  seen: string | undefined,
  expected: readonly string[],
): Finding => ({
  seen: `The challenge of ${url} asks for ${seen || 'no scope'}`,
  expected: `scope="${expected.join(' ')}", as in the metadata`,
  who: 'operator',
  how: 'Challenge and metadata come from different versions of the app, or from a gateway: deploy one version, restart the app, and do not change either in the gateway',
})

const keptAway = (url: string, { status, error }: Challenge): Finding => ({
  seen: `POST ${url} with an invalid bearer token answered ${status} ${error ?? 'without error'}`,
  expected: '401 with error="invalid_token", from the app itself',
  who: 'operator',
  how: 'App Service Authentication or a gateway checks or removes the Authorization header: exclude /mcp in App Service Authentication, and forward the header in the gateway',
})
