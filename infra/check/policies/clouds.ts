/** One cloud: hosts and audiences of the one that people sign in to, each as Microsoft publishes it, and of no other. */
import type { Deployment } from '../snapshot.ts'
import published from './clouds.json' with { type: 'json' }
import { all, type Policy, rows, types } from './policy.ts'

const { siteConfig } = types

type Cloud = { tokenExchange: string; appHosts: string; apis: readonly string[] }

/** By the base URL of the sign-in pages. */
const clouds: Readonly<Record<string, Cloud>> = published

export const cloudOf = ({ outputs }: Deployment): Cloud | undefined =>
  clouds[String(outputs.AUTHORITY_HOST)]

const namesOf = ([signIn, { tokenExchange, appHosts, apis }]: [string, Cloud]) =>
  [signIn.slice(0, -1), tokenExchange, appHosts, ...apis].map(
    (name) => new RegExp(`${RegExp.escape(name)}\\b`),
  )

const issuer = ({ outputs }: Deployment) =>
  `${outputs.AUTHORITY_HOST}${outputs.AZURE_TENANT_ID}/v2.0`
const registration = 'identityProviders.azureActiveDirectory.registration'

export const oneCloud: readonly Policy[] = [
  {
    rule: 'cloud',
    broken(deployment) {
      const others = Object.entries(clouds).filter(([, cloud]) => cloud !== cloudOf(deployment))
      return Object.entries({ ...deployment.resources, outputs: deployment.outputs }).flatMap(
        ([key, it]) =>
          others
            .flatMap(namesOf)
            .filter((name) => name.test(JSON.stringify(it)))
            .map((name) => `${key} names another cloud: ${name.source}`),
      )
    },
  },
  ...rows('outputs', all, [['cloud', 'RESOURCE_MANAGER', (it) => `${cloudOf(it)?.apis[0]}/`]]),
  ...rows(siteConfig, /\/authsettingsV2$/, [['cloud', `${registration}.openIdIssuer`, issuer]]),
  ...rows('Microsoft.Graph/applications/federatedIdentityCredentials', all, [
    ['cloud', 'issuer', issuer],
    ['cloud', 'audiences', (it) => [cloudOf(it)?.tokenExchange ?? '']],
  ]),
]
