/** The challenge that starts a sign-in, that it agrees with the metadata, and whether a bearer reaches the app. */
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
  // RFC 9110 §11.2, of quoted parameters, which is how the app writes them.
  const parameters = (response.headers.get('www-authenticate') ?? '').matchAll(/(\w+)="([^"]*)"/g)
  return {
    ...Object.fromEntries([...parameters].map(([, name, value]) => [name, value])),
    status: response.status,
  }
}

const notServed = (url: string): Finding => ({
  seen: `POST ${url} answered 404`,
  expected: 'An endpoint of this folder is served',
  who: 'operator',
  how: 'Deploy what is in this folder (azd deploy); behind a gateway, pass /mcp on',
})

const noChallenge = (url: string, status: number): Finding => ({
  seen: `POST ${url} without a token answered ${status}`,
  expected: '401 with WWW-Authenticate, from which clients learn where to sign in',
  who: 'operator',
  how: 'If the status is 302 or 403: let App Service Authentication allow anonymous requests (unauthenticatedClientAction AllowAnonymous). Behind a gateway: let it pass requests without a token on',
})

const otherMetadata = (url: string, seen: string | undefined, expected: string): Finding => ({
  seen: `The challenge of ${url} names ${seen ?? 'no metadata'}`,
  expected: `resource_metadata="${expected}"`,
  who: 'operator',
  how: 'Something in front of the app answers, or rewrites WWW-Authenticate: exclude /mcp in App Service Authentication, or let the gateway leave the header alone. If it names another host, correct PUBLIC_BASE_URL',
})

const otherScopes = (
  url: string,
  seen: string | undefined,
  expected: readonly string[],
): Finding => ({
  seen: `The challenge of ${url} asks for ${seen || 'no scope'}`,
  expected: `scope="${expected.join(' ')}", as the metadata has it`,
  who: 'operator',
  how: 'Challenge and metadata come from different versions, or one of them from something in front: restart the app on one version, and let the gateway leave both alone',
})

const keptAway = (url: string, { status, error }: Challenge): Finding => ({
  seen: `POST ${url} with a bearer that is no token answered ${status} ${error ?? 'without error'}`,
  expected: '401 with error="invalid_token": the app itself says what is wrong with a token',
  who: 'operator',
  how: 'Something in front judges or removes the Authorization header: exclude /mcp in App Service Authentication, and let the gateway pass the header on',
})
