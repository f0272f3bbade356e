/**
 * What a guide to one client consists of. The guides stand in files of their own; generate/clients-page.ts makes the page,
 * and a test keeps it current.
 */
import type { ClientValues, Endpoint } from './values.ts'

export type ClientGuide = {
  client: string
  /** What RFC 8707's `resource` it sends: decides whether the endpoint's URL has to be an identifier URI. */
  sendsResource: 'yes' | 'no' | 'not known'
  /** Whose app registration signs people in, and how it proves itself. */
  registration: 'its own' | 'ours, without a secret' | 'made for it, with a secret'
  redirectUris: readonly RedirectUri[]
  /** In the order in which a person does it; Markdown. */
  steps: (values: ClientValues, endpoint: Endpoint) => Step[]
  /** Known limits, each with where it is reported. */
  limits: readonly Limit[]
}

export type RedirectUri = {
  uri: string
  /** Whether `azd provision` registers it, a command of ours does, or a person has to. */
  registeredBy: 'azd' | 'connect:foundry' | 'you'
}

export type Step = { say: string; code?: Code }

export type Code = {
  language: 'json' | 'yaml' | 'console' | 'text' | 'csharp' | 'go' | 'ts'
  text: string
}

export type Limit = { text: string; links: readonly string[] }

/** `owner/repository#1` of an issue or pull request on GitHub. */
export const issue = (reference: string) =>
  `https://github.com/${reference.replace('#', '/issues/')}`

export const json = (value: unknown): Code => ({
  language: 'json',
  text: JSON.stringify(value, null, 2),
})

export const consoleText = (...lines: string[]): Code => ({
  language: 'console',
  text: lines.map((line) => `$ ${line}`).join('\n'),
})

/** As a form has them, one a line. */
export const fields = (rows: readonly (readonly [label: string, value: string])[]): Code => {
  const width = Math.max(...rows.map(([label]) => label.length))
  return {
    language: 'text',
    text: rows.map(([label, value]) => `${label.padEnd(width)}  ${value}`).join('\n'),
  }
}

/** `$CLIENT_ID` of the client's own registration, as the commands here say it; a form shows what it is. */
export const ownId = '(of the registration)'

/** The first steps for a confidential client: its own registration and secret, and a place in the allow-list. */
export const makeRegistration = (name: string, redirectUri?: string): Step[] => [
  {
    say: 'Make a registration for it, with a secret. A secret in the registration of public clients would be good for all of them.',
    code: consoleText(
      [
        `CLIENT_ID=$(az ad app create --display-name "MCP client ${name}" --sign-in-audience AzureADMyOrg \\`,
        ...(redirectUri === undefined ? [] : [`    --web-redirect-uris ${redirectUri} \\`]),
        '    --query appId --output tsv)',
      ].join('\n'),
      'az ad sp create --id $CLIENT_ID',
      `az ad app credential reset --id $CLIENT_ID --append --display-name "${name}" --query password --output tsv`,
    ),
  },
  {
    say: 'Let it call: its id joins those that `ALLOWED_CLIENTS` has already.',
    code: consoleText(
      'azd env set ALLOWED_CLIENTS "<ids that it has>,$CLIENT_ID"',
      'azd provision',
    ),
  },
]

/** Adds to what is registered: the option replaces the whole list. */
export const addRedirectUri = (uri: string): Code =>
  consoleText(
    `az ad app update --id $CLIENT_ID --web-redirect-uris \\
    $(az ad app show --id $CLIENT_ID --query web.redirectUris --output tsv) \\
    ${uri}`,
  )
