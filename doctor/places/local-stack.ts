/** The local stack of `npm start`. The doctor acts as its emulated administrator, and as alice. */
import { readFile } from 'node:fs/promises'
import { endpoints } from '../../functions/endpoints.ts'
import permissions from '../../infra/permissions.json' with { type: 'json' }
import { localBaseUrls } from '../../local/far-sides/base-urls.ts'
import { alice, clients, graphClientId } from '../../local/seed.ts'
import { localSettings } from '../../local/stack/settings.ts'
import { parseJson } from '../../shared/json.ts'
import * as z from '../../shared/zod.ts'
import { NotSeen, type Subject } from '../check.ts'
import { subjectOf } from '../subject.ts'

const description = z.object({
  app: z.url(),
  entra: z.object({ origin: z.url(), admin: z.url() }),
  arm: z.url(),
  graph: z.url(),
  farSides: z.record(z.string(), z.string()).default({}),
})

/** The stack described in `.local/stack.json`; undefined when it was never started here. */
export async function localStack(): Promise<Subject | undefined> {
  const text = await readFile('.local/stack.json', 'utf8').catch(() => '')
  const stack = description.safeParse(parseJson(text))
  return stack.success ? subjectOf(placeOf(stack.data)) : undefined
}

function placeOf({ app, entra, arm, graph, farSides }: z.output<typeof description>) {
  const baseUrls = localBaseUrls(permissions, { arm, graph, farSides })
  const token = async (forgery: object) => {
    const response = await fetch(`${entra.admin}/tokens`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ user: alice.oid, client: clients.public.clientId, ...forgery }),
    }).catch(() => {
      throw new NotSeen('The local stack is not running: npm start')
    })
    return z.object({ token: z.string() }).parse(await response.json()).token
  }
  return {
    ...{ origin: app, endpoints, holdsCredential: true },
    publicClientId: clients.public.clientId,
    async environment() {
      // Only the stack's process knows whether the authorization server is on.
      const metadata = `${app}/.well-known/oauth-authorization-server`
      const isOn = await fetch(metadata).then(
        ({ ok }) => ok,
        () => true,
      )
      const authorization = isOn ? 'server' : 'entra'
      return localSettings({ app, entra: entra.origin, baseUrls, authorization })
    },
    administrator: () => token({ resource: graphClientId, scopes: ['Directory.AccessAsUser.All'] }),
    person: () => token({}),
    references: async () => [],
  }
}
