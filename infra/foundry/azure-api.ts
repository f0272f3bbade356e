/**
 * Sends requests to an Azure API as the person who runs the command. An error is an AzureRefusal with the API's code, but
 * never its message, which may repeat the request. remedy.ts says what to do about it.
 */
import type { TokenCredential } from '@azure/identity'
import * as z from 'zod'

/** The purpose of a request, for the error message. */
export type Step =
  | 'read the project'
  | 'read the connection'
  | 'write the connection'
  | 'read the registration'
  | 'make the registration'
  | 'read the app settings'
  | 'write the app settings'
  | 'make a client secret'
  | 'remove a client secret'
  | 'add the redirect URI'
  | 'read who has consented'
  | 'delete the registration'
  | 'find the encryption keys'
  | 'write the encryption keys'
  | 'refresh the Key Vault references'

export class AzureRefusal extends Error {
  override readonly name = 'AzureRefusal'
  readonly step: Step
  /** Undefined when there was no answer. */
  readonly status: number | undefined
  readonly code: string

  constructor(refused: { api: string; step: Step; status: number | undefined; code: string }) {
    const { api, step, status, code } = refused
    super(`Could not ${step} (${api}, ${status === undefined ? code : `${status} ${code}`})`)
    this.step = step
    this.status = status
    this.code = code
  }
}

export type AzureApi = <Answer extends z.ZodType>(request: {
  step: Step
  method: 'GET' | 'PUT' | 'PATCH' | 'POST' | 'DELETE'
  /** Path and query below the base URL. */
  path: string
  headers?: Readonly<Record<string, string>>
  body?: unknown
  /** Schema of the answered JSON; `z.undefined()` when there is none. */
  answer: Answer
}) => Promise<z.output<Answer>>

/** @returns a function that throws AzureRefusal */
export function azureApi(options: {
  /** The API's name, for the error message. */
  name: string
  /** Without trailing slash. */
  baseUrl: string
  scope: string
  credential: TokenCredential
  fetch?: typeof globalThis.fetch
}): AzureApi {
  const { name: api, baseUrl, scope, credential, fetch = globalThis.fetch } = options
  return async ({ step, method, path, headers, body, answer }) => {
    const refused = (status: number | undefined, code: string) =>
      new AzureRefusal({ api, step, status, code })
    const token = await credential.getToken(scope).catch(() => null)
    if (token === null) throw refused(401, 'NotSignedIn')
    const response = await fetch(`${baseUrl}${path}`, {
      method,
      headers: {
        ...headers,
        authorization: `Bearer ${token.token}`,
        'content-type': 'application/json',
      },
      redirect: 'error',
      signal: AbortSignal.timeout(30_000),
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    }).catch(() => {
      throw refused(undefined, 'no answer')
    })
    const said = jsonOf(await response.text())
    if (!response.ok) throw refused(response.status, codeOf(said))
    const parsed = answer.safeParse(said)
    if (!parsed.success) throw refused(response.status, 'UnexpectedAnswer')
    return parsed.data
  }
}

/** Undefined when `text` is not JSON; a SyntaxError would quote it. */
function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

const refusal = z.object({ error: z.object({ code: z.string().regex(/^[\w.]+$/) }) })
const codeOf = (said: unknown) => refusal.safeParse(said).data?.error.code ?? 'NoCode'
