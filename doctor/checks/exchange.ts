/**
 * A call as the person who runs the doctor: whether the server accepts the token and, if the app's credential is
 * available, what On-Behalf-Of exchanges return. Reports audience and scope of each token; stores and prints none.
 */
import { decodeJwt } from 'jose'
import type { Downstream } from '../../shared/downstreams.ts'
import { Failure } from '../../shared/failure.ts'
import { scopePrefix } from '../../shared/http/metadata.ts'
import { at, parseJson } from '../../shared/json.ts'
import { downstreamsOf, type EndpointDefinition } from '../../shared/mcp/define-endpoint.ts'
import type { Settings } from '../../shared/settings.ts'
import * as z from '../../shared/zod.ts'
import type { Check, Finding, Subject } from '../check.ts'

export const exchangeCheck: Check = {
  name: 'exchange',
  title: 'A call as yourself',
  async look(subject, say) {
    const { settings, validate, onBehalfOf } = await subject.services()
    const [endpoint] = subject.endpoints
    const scope = endpoint && scopeOf(endpoint)
    if (!scope) return []
    const token = await subject.person(`${scopePrefix(settings, endpoint.name)}/${scope}`)
    const refused = await callRefused(subject, endpoint, token)
    if (refused) return [refused]
    say(`${subject.origin}/mcp/${endpoint.name} accepts your token.`)
    if (!subject.holdsCredential || settings.credential.kind === 'managed_identity') {
      say(
        'The exchange needs the app’s credential, which is not available here: call a tool to try it.',
      )
      return []
    }
    const caller = await validate(token)
    // Two APIs may stand behind one scope, as Resource Manager and Resource Graph do.
    const byScope = new Map(downstreamsOf(subject.endpoints).map((it) => [it.scope(settings), it]))
    const exchanges = [...byScope].map(async ([wanted, downstream]): Promise<Finding[]> => {
      try {
        const { token } = await onBehalfOf(caller, wanted)
        const { aud, scp } = decodeJwt(token.reveal())
        say(`${wanted}: exchanged for a token with aud ${aud}, scp ${scp}`)
        if (!isFor(String(aud), downstream, settings)) return [otherAudience(wanted, String(aud))]
        const isHeld = String(scp).split(' ').includes(downstream.definition.scope)
        return isHeld ? [] : [otherScope(wanted, String(scp))]
      } catch (error) {
        if (error instanceof Failure) return [exchangeRefused(wanted, error)]
        throw error
      }
    })
    return (await Promise.all(exchanges)).flat()
  },
}

/** A v2.0 token names the API by its client id, which is known only where `appId` says it. */
function isFor(aud: string, { resource, definition }: Downstream, settings: Settings): boolean {
  const { appId } = definition
  const isClientId = appId ? aud === appId : z.guid().safeParse(aud).success
  return isClientId || aud.replace(/\/$/, '') === resource(settings)
}

const scopeOf = ({ tools }: EndpointDefinition) =>
  tools.flatMap(({ access }) => access.scopes).find(({ consent }) => consent === 'user')?.value

async function callRefused(
  { origin, fetch }: Subject,
  { name }: EndpointDefinition,
  token: string,
): Promise<Finding | undefined> {
  const response = await fetch(`${origin}/mcp/${name}`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${token}`,
      'content-type': 'application/json',
      accept: 'application/json, text/event-stream',
    },
    body: JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/list' }),
    redirect: 'manual',
    signal: AbortSignal.timeout(60_000),
  })
  const said = at(parseJson(await response.text()), 'error', 'message')
  if (response.ok) return undefined
  return {
    seen: `tools/list with your token answered ${response.status}${typeof said === 'string' ? `: ${said}` : ''}`,
    expected: '200',
    who: 'operator',
    how: 'See README.md, "What an error means, and who can fix it"; npm run doctor -- --token explains a token',
  }
}

const otherAudience = (scope: string, aud: string): Finding => ({
  seen: `The exchange for ${scope} returned a token for ${aud}`,
  expected: 'A token for that API',
  who: 'operator',
  how: 'Correct "resource" in defineDownstream to the API’s identifier URI',
})

/** Entra ignores case in a requested scope and may grant other scopes of the API; an API may compare `scp` exactly. */
const otherScope = (scope: string, scp: string): Finding => ({
  seen: `The exchange for ${scope} returned a token with scp ${scp}`,
  expected: 'A token with exactly that scope',
  who: 'operator',
  how: 'Correct "scope" in defineDownstream, or in "downstream" of defineRelay, to a scope that the API has and accepts',
})

function exchangeRefused(scope: string, { detail, message }: Failure): Finding {
  const isAdministrators = detail.reason === 'admin_consent_required'
  const isUsers = detail.reason === 'consent_required' || detail.reason === 'claims_unanswerable'
  return {
    seen: `The exchange for ${scope} was refused: ${detail.reason}${message === detail.reason ? '' : ` (${message})`}`,
    expected: 'A token for that API, as yourself',
    who:
      'fixedBy' in detail
        ? detail.fixedBy
        : isAdministrators
          ? 'administrator'
          : isUsers
            ? 'user'
            : 'operator',
    how:
      'operator' in detail
        ? detail.operator
        : 'See docs/refusals.md for the number or name of the refusal',
  }
}
