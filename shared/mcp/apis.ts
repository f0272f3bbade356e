/** The APIs of a tool, one or several by name, as the tool receives them. */
import type { Api } from '../api-client/api.ts'
import type { Downstream } from '../downstreams.ts'

export type Downstreams = Downstream | Readonly<Record<string, Downstream>>

/** `downstream: arm` gives `api`; `downstream: { arm, graph }` gives `api.arm` and `api.graph`. */
export type ApisOf<Of extends Downstreams> = Of extends Downstream
  ? Api
  : { readonly [Name in keyof Of]: Api }

export type ApiOf = (downstream: Downstream) => Api

export const downstreamsOf = (downstreams: Downstreams): readonly Downstream[] =>
  isOne(downstreams) ? [downstreams] : Object.values(downstreams)

/** A token is requested when an API is first used. */
export function apisOf<Of extends Downstreams>(downstreams: Of, apiOf: ApiOf): ApisOf<Of>
export function apisOf(downstreams: Downstreams, apiOf: ApiOf): Api | Record<string, Api> {
  if (isOne(downstreams)) return apiOf(downstreams)
  const named = Object.entries(downstreams)
  return Object.fromEntries(named.map(([name, downstream]) => [name, apiOf(downstream)]))
}

const isOne = (downstreams: Downstreams): downstreams is Downstream =>
  typeof downstreams.baseUrl === 'function'
