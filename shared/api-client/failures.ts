/** Which Failure an answer of the API is. Its own words choose among our sentences and go to the log, nowhere else. */
import { Failure } from '../failure.ts'
import { at } from '../json.ts'
import type { Answer } from './send.ts'

/**
 * A refusal that the API's documentation knows: how it is recognised, and what a person should be told. An API's
 * are given with its definition (`knownErrors`).
 */
export type KnownError = (
  | { code: string }
  /** Where the code says too little ("400"): what the API's message has to match. */
  | { message: RegExp }
) & {
  /** Who can make the next try succeed; for docs/refusals.md. */
  fixedBy: string
  /** What is wrong, and who can do what about it. */
  person: string
}

export type Failures = ReturnType<typeof failuresOf>

export const failuresOf = (downstream: string, known: readonly KnownError[]) => {
  const throttled = (seconds: number | undefined) =>
    new Failure({
      ...{ reason: 'downstream_throttled', downstream },
      retryAfterSeconds: seconds === undefined ? undefined : Math.ceil(seconds),
    })
  return {
    throttled,

    /** Nothing came, or what came is not what the API answers. */
    none: (cause: unknown) =>
      new Failure({ reason: 'downstream_failed', downstream, status: undefined }, { cause }),

    /** `problems`: for the log. */
    unexpected: (status: number | undefined, problems: string) =>
      new Failure({ reason: 'downstream_unexpected', downstream, status, problems }),

    tooLarge: (limit: string) => new Failure({ reason: 'downstream_too_large', downstream, limit }),

    /** Of a status that is no success. */
    refused({ status, json }: Answer, retryAfterSeconds: number | undefined): Failure {
      if (status === 429) return throttled(retryAfterSeconds)
      const { code, message } = wordsOf(json)
      const said = loggable(message)
      if (status < 400 || status >= 500) {
        return new Failure({ reason: 'downstream_failed', downstream, status, said })
      }
      const person = known.find((it) => matches(it, code, message))?.person
      return new Failure({ reason: 'downstream_refused', downstream, status, code, person, said })
    },
  }
}

const matches = (known: KnownError, code: string | undefined, message: string) =>
  'code' in known ? known.code === code : known.message.test(message)

/** Microsoft's APIs have `error: { code, message }` (Azure REST guidelines); some have the two at the top. */
function wordsOf(json: unknown): { code: string | undefined; message: string } {
  const error = at(json, 'error') ?? json
  const [code, message] = [at(error, 'code'), at(error, 'message')]
  return {
    code: typeof code === 'string' && /^[\w.]{1,64}$/.test(code) ? code : undefined,
    message: typeof message === 'string' ? message : '',
  }
}

/** On one line, at most 500 characters, without the names and tokens that messages quote ("The client 'a@b.example'"). */
const loggable = (message: string): string | undefined =>
  message
    .slice(0, 2000)
    .replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu, ' ')
    .replace(/[^\s'"<>]+@[^\s'"<>]+/g, '[address]')
    .replace(/\beyJ[\w-]+(\.[\w-]*)*/g, '[token]')
    .slice(0, 500) || undefined
