/** Secrets: none is in a template, none is fetched by one, none goes out; and what goes out is what hooks expect. */
import { all, idOf, type Policy, reference, rows, types } from './policy.ts'

const { site, vault } = types

/** In names: `adminPassword`, `cacheKeys`, `CLIENT_SECRET`. */
export const secretive = /secret|password|keys?$|connection_?string/i
/** Members of a resource that open it. */
const opening = /\.(ConnectionString|InstrumentationKey|primaryKey|keys\[)/
/** Made by a template, or fetched by one. */
const made =
  /^Microsoft.KeyVault\/vaults\/secrets |"(password|key)Credentials"|\blist[A-Z]\w*\(|Key=/

export const secrets: readonly Policy[] = [
  {
    rule: 'secret-in-template',
    broken: ({ resources, outputs }) =>
      Object.entries({ ...resources, outputs })
        .filter(([key, it]) => made.test(`${key} ${JSON.stringify(it)}`))
        .map(([key]) => `${key} holds a secret: hooks make those, and identities need none`),
  },
  {
    rule: 'secret-output',
    broken: ({ outputs }) =>
      Object.entries(outputs)
        .filter(([name, it]) => secretive.test(name) || opening.test(JSON.stringify(it)))
        .map(([name]) => `the output ${name} would stand in the deployment’s history`),
  },
  ...rows('outputs', all, [
    ['outputs', 'API_CLIENT_ID', reference('apiPrincipal', 'appId')],
    ['outputs', 'CLIENTS_CLIENT_ID', reference('clientPrincipal', 'appId')],
    ['outputs', 'FUNCTION_APP_ID', idOf(site)],
    ['outputs', 'VAULT_ID', idOf(vault)],
  ]),
]
