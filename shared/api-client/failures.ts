/** Turns an error of an API into a Failure. The API's own words select one of our sentences and go to the log only. */
import { Failure } from '../failure.ts'
import { at } from '../json.ts'
import type { Answer } from './send.ts'

/**
 * An error that the API documents: how to recognize it, and what to tell a person. The definition of an API lists them
 * (`knownErrors`).
 */
export type KnownError = (
  | { code: string }
  /** Matches the API's message, where the code says too little ("400"). */
  | { message: RegExp }
) & {
  /** Who can fix it; for docs/refusals.md. */
  fixedBy: string
  /** What is wrong, and who can do what about it. */
  person: string
}

export type Failures = ReturnType<typeof failuresOf>

/**
 * The Failures of one API. `downstream`: its name for people.
 * @example failuresOf('Orders', []).tooLarge('1,000 pages')
 */
export const failuresOf = (downstream: string, known: readonly KnownError[]) => {
  const throttled = (seconds: number | undefined) =>
    new Failure({
      ...{ reason: 'downstream_throttled', downstream },
      retryAfterSeconds: seconds === undefined ? undefined : Math.ceil(seconds),
    })
  return {
    throttled,

    /** The API gave no answer. */
    none: (cause: unknown) =>
      new Failure({ reason: 'downstream_failed', downstream, status: undefined }, { cause }),

    /** `problems`: for the log. */
    unexpected: (status: number | undefined, problems: string) =>
      new Failure({ reason: 'downstream_unexpected', downstream, status, problems }),

    tooLarge: (limit: string) => new Failure({ reason: 'downstream_too_large', downstream, limit }),

    /** For an answer whose status is no success. */
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
 * Microsoft's APIs answer `error: { code, message, details }` (Azure REST guidelines; the codes of `details` are more
 * specific). Some have code and message at the top.
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

/** One line of at most 500 characters, without the addresses and tokens that messages quote ("The client 'a@b.example'"). */
export const loggable = (message: string): string | undefined =>
  message
    .slice(0, 2000)
    .replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu, ' ')
    .replace(/[^\s'"<>]+@[^\s'"<>]+/g, '[address]')
    .replace(/\beyJ[\w-]+(\.[\w-]*)*/g, '[token]')
    .slice(0, 500) || undefined
