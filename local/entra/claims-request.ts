/** The `claims` parameter (OpenID Connect Core §5.5): the members that the emulator supports. */
import * as z from 'zod'
import { Refusal } from './errors.ts'

export type ClaimsRequest = {
  /** `xms_cc`: the client's capabilities. */
  capabilities: string[]
  /** `capolids`: ids of Conditional Access policies to meet. */
  policies: string[]
  /** `acrs`: ids of authentication contexts to meet. */
  contexts: string[]
  /** `nbf`: the sign-in must not be older; seconds since the epoch. */
  notBefore: number | undefined
}

const wanted = z
  .looseObject({ value: z.string().optional(), values: z.array(z.string()).optional() })
  .nullish()
const schema = z.looseObject({
  access_token: z
    .looseObject({ xms_cc: wanted, capolids: wanted, acrs: wanted, nbf: wanted })
    .nullish(),
})

/** @throws Refusal 9002313 when `claims` is not valid JSON of this shape */
export function parseClaimsRequest(claims = '{}'): ClaimsRequest {
  const parsed = schema.safeParse(jsonOf(claims))
  if (!parsed.success) throw new Refusal(9002313)
  const { xms_cc, capolids, acrs, nbf } = parsed.data.access_token ?? {}
  const notBefore = valuesOf(nbf).map(Number)[0]
  if (Number.isNaN(notBefore)) throw new Refusal(9002313)
  return {
    capabilities: valuesOf(xms_cc),
    policies: valuesOf(capolids),
    contexts: valuesOf(acrs),
    notBefore,
  }
}

/** Undefined when `text` is not JSON; the schema refuses that. */
function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

const valuesOf = (claim: z.infer<typeof wanted>): string[] => [
  ...(claim?.value === undefined ? [] : [claim.value]),
  ...(claim?.values ?? []),
]
