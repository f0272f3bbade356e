/**
 * Compares what each tried client could do with generate/client-trials.json, from which docs/clients.md is
 * generated. With UPDATE_CLIENT_TRIALS=1 it writes that file instead.
 */
import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { type ClientTrial, clientTrials, type Ending } from '../../generate/client-trials.ts'
import { alice, armClientId, clients, subscriptions, type User } from '../../local/seed.ts'
import type { HostedProduct } from './hosted-product.ts'
import type { Identity, StartClient } from './tried-clients.ts'

const file = new URL('../../generate/client-trials.json', import.meta.url)

/** @param said what the client showed, by step */
export function assertTrial(seen: ClientTrial, said: Readonly<Record<string, string>>): void {
  const all = clientTrials.parse(JSON.parse(readFileSync(file, 'utf8')))
  const nameOf = ({ client, by, server }: ClientTrial) => [client, by, server].join()
  if (process.env.UPDATE_CLIENT_TRIALS === '1') {
    const others = all.filter((each) => nameOf(each) !== nameOf(seen))
    const sorted = [...others, seen].sort((a, b) => nameOf(a).localeCompare(nameOf(b), 'en'))
    writeFileSync(file, `${JSON.stringify(sorted, null, 2)}\n`)
    return
  }
  const known = all.find((each) => nameOf(each) === nameOf(seen))
  const advice = 'If this is right: UPDATE_CLIENT_TRIALS=1, then npm run generate.'
  assert.deepEqual(seen, known, `${advice} The client said ${JSON.stringify(said, null, 2)}`)
}

let users = 0
/** One that may do what Alice may; a demand on one user is remembered, so each client has users of its own. */
function newUser({ entra: { admin } }: HostedProduct, client: string): User {
  users += 1
  const user = {
    ...alice,
    oid: `${String(users).padStart(8, '0')}-0000-4000-9000-000000000000`,
    upn: `user${users}@contoso.example`,
  }
  admin.putUser(user)
  const { clientId: resource } = clients.api
  admin.putGrant({ client, resource, scopes: ['cost.export'], user: user.oid })
  admin.putRoleAssignment({ user: user.oid, resource, role: 'Cost.Exporter' })
  return user
}

/** Sign-ins that Entra has seen through: a refresh is none. */
const signIns = ({ entra: { admin } }: HostedProduct) =>
  admin.requests({ kind: 'authorization_code' }).length

/** The whole of it with one client: sign-in, call, refresh, a scope that is missing, a second factor. */
export async function tryClient(
  product: HostedProduct,
  /** `registration`: the client id that Entra knows it by. */
  {
    start,
    identity,
    registration,
  }: {
    start: StartClient
    identity: Identity
    registration: string
  },
): Promise<Omit<ClientTrial, 'client' | 'by' | 'server'> & { said: Record<string, string> }> {
  const { endpoint } = product
  const said: Record<string, string> = {}
  const user = newUser(product, registration)
  await using client = await start({ endpoint, upn: user.upn, identity })

  const first = await client.call('list_subscriptions')
  if (!first.ok) return { signIn: 'no', said: { signIn: first.text } }

  await client.expire()
  const before = signIns(product)
  const refreshed = await client.call('list_subscriptions')
  const refresh: Ending = refreshed.ok && signIns(product) === before ? 'yes' : 'no'

  const [subscription] = subscriptions
  const exported = await client.call('cost_export', {
    scope: subscription?.id ?? '',
    month: '2026-10',
  })
  said.scope = exported.text
  // The user reads no subscription: that ARM says so shows that the tool ran.
  const ran = exported.text.includes('may not do this in Azure Resource Manager')
  const scope: Ending = ran ? 'yes' : exported.text.includes('cost.export') ? 'in words' : 'no'

  const careful = newUser(product, registration)
  product.entra.admin.putPolicy({
    id: `e0000000-0000-4000-9000-${careful.oid.slice(0, 8).padStart(12, '0')}`,
    ...{ resource: armClientId, users: [careful.oid], require: 'mfa' },
  })
  await using second = await start({ endpoint, upn: careful.upn, identity })
  const demanded = await second.call('list_subscriptions')
  said.mfa = demanded.text
  const mfa: Ending = demanded.ok
    ? 'yes'
    : /multifactor authentication/.test(demanded.text)
      ? 'in words'
      : 'no'
  return { signIn: 'yes', refresh, scope, mfa, said }
}
