/** Secrets: none is in a template, none is fetched by one, none goes out; and what goes out is what hooks expect. */
import { all, idOf, of, type Policy, reference, rows, site, vault } from './policy.ts'

/** In names: `adminPassword`, `cacheKeys`, `CLIENT_SECRET`. */
export const secretive = /secret|password|keys?$|connection_?string/i
/** Members of a resource that open it. */
const opening = /\.(ConnectionString|InstrumentationKey|primaryKey|keys\[)/
const fetched = /\blist[A-Z]\w*\(|AccountKey=|SharedAccessKey=/

export const secrets: readonly Policy[] = [
  {
    rule: 'secret-in-template',
    broken: (deployment) =>
      of(deployment, 'Microsoft.KeyVault/vaults/secrets').map(
        ({ name }) => `${name}: is made by a hook`,
      ),
  },
  {
    rule: 'secret-output',
    broken: ({ outputs }) =>
      Object.entries(outputs)
        .filter(([name, it]) => secretive.test(name) || opening.test(JSON.stringify(it)))
        .map(([name]) => `the output ${name} would stand in the deployment’s history`),
  },
  {
    rule: 'listed-key',
    broken: ({ resources, outputs }) =>
      Object.entries({ ...resources, outputs })
        .filter(([, it]) => fetched.test(JSON.stringify(it)))
        .map(([name]) => `${name} is given a key: identities have no need of one`),
  },
  ...rows('outputs', all, [
    ['outputs', 'API_CLIENT_ID', reference('apiPrincipal', 'appId')],
    ['outputs', 'CLIENTS_CLIENT_ID', reference('clientPrincipal', 'appId')],
    ['outputs', 'FUNCTION_APP_ID', idOf(site)],
    ['outputs', 'VAULT_ID', idOf(vault)],
  ]),
]
