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
  registration: 'its own' | 'ours, without a secret' | 'ours, with a secret'
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

/** Adds to what is registered: the option replaces the whole list. */
export const addRedirectUri = ({ clientId }: ClientValues, uri: string): Code =>
  consoleText(
    `az ad app update --id ${clientId} --web-redirect-uris \\
    $(az ad app show --id ${clientId} --query web.redirectUris --output tsv) \\
    ${uri}`,
  )

/** Prints it once; `--append` leaves the others. */
export const makeSecret = ({ clientId }: ClientValues, name: string): Code =>
  consoleText(
    `az ad app credential reset --id ${clientId} --append --display-name "${name}" --query password --output tsv`,
  )
