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
      const { codes, message } = wordsOf(json)
      const said = loggable(message)
      if (status < 400 || status >= 500) {
        return new Failure({ reason: 'downstream_failed', downstream, status, said })
      }
      const found = known.find((it) => matches(it, codes, message))
      const code = found && 'code' in found ? found.code : codes[0]
      const person = found?.person
      return new Failure({ reason: 'downstream_refused', downstream, status, code, person, said })
    },
  }
}

const matches = (known: KnownError, codes: readonly string[], message: string) =>
  'code' in known ? codes.includes(known.code) : known.message.test(message)

/**
 * Microsoft's APIs have `error: { code, message, details }` (Azure REST guidelines, where the codes of `details` say
 * more); some have the first two at the top.
 */
function wordsOf(json: unknown): { codes: string[]; message: string } {
  const error = at(json, 'error') ?? json
  const [message, details] = [at(error, 'message'), at(error, 'details')]
  const all = [error, ...(Array.isArray(details) ? details : [])].map((it) => at(it, 'code'))
  return {
    codes: all.filter((code) => typeof code === 'string').filter((it) => /^[\w.]{1,64}$/.test(it)),
    message: typeof message === 'string' ? message : '',
  }
}

/** On one line, at most 500 characters, without the names and tokens that messages quote ("The client 'a@b.example'"). */
export const loggable = (message: string): string | undefined =>
  message
    .slice(0, 2000)
    .replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu, ' ')
    .replace(/[^\s'"<>]+@[^\s'"<>]+/g, '[address]')
    .replace(/\beyJ[\w-]+(\.[\w-]*)*/g, '[token]')
    .slice(0, 500) || undefined
