/** What the compiler predicts, written as infra/snapshots/ keeps it: short, sorted, and only what differs from `default`. */
import * as z from 'zod'
import {
  type Deployed,
  type Deployment,
  first,
  folder,
  type MadeFrom,
  madeFromFile,
} from '../check/snapshot.ts'
import { at } from '../check/value.ts'

/** @returns the snapshots as files: path → text */
export function snapshotFiles(
  deployments: ReadonlyMap<string, Deployment>,
  origin: MadeFrom,
): Map<string, string> {
  const base = deployments.get(first)
  if (!base) throw new Error(`infra/scenarios has no ${first}.bicepparam`)
  const files: [string, unknown][] = [...deployments].map(([name, deployment]) => [
    `${folder}/${name}.json`,
    name === first
      ? deployment
      : {
          resources: changed(base.resources, deployment.resources),
          outputs: changed(base.outputs, deployment.outputs),
        },
  ])
  return new Map(
    [...files, [madeFromFile, origin] as const].map(([path, value]) => [
      path,
      `${JSON.stringify(value, null, 2)}\n`,
    ]),
  )
}

function changed<Item>(
  base: Readonly<Record<string, Item>>,
  other: Readonly<Record<string, Item>>,
): Record<string, Item | null> {
  const gone = Object.keys(base).filter((key) => !(key in other))
  return Object.fromEntries([
    ...Object.entries(other).filter(
      ([key, it]) => JSON.stringify(base[key]) !== JSON.stringify(it),
    ),
    ...gone.map((key) => [key, null] as const),
  ])
}

const prediction = z.object({
  predictedResources: z.array(z.record(z.string(), z.json())),
  outputs: z.record(z.string(), z.json()),
})

/** A snapshot as the compiler writes it, made short: no subscription, no resource group, no version of a reference. */
export function shortened(text: string): Deployment {
  const short = text
    .replaceAll(/\/subscriptions\/[0-9a-f-]{36}(\/resourceGroups\/rg)?\/providers\//g, '')
    .replaceAll(/(reference\('[^']+'), '[\w-]+'\)/g, '$1)')
  const { predictedResources, outputs } = prediction.parse(JSON.parse(short))
  const resources = predictedResources.map((it): [string, Deployed] => {
    const { id, name: given, ...rest } = it
    const [type = '', version] = String(it.type).split('@')
    const { scope, own } = placeOf(String(id ?? ''))
    const [registered] = ['uniqueName', 'name', 'appId'].flatMap(
      (property) => at(it, `properties.${property}`)[0] ?? [],
    )
    const name = own ?? String(given ?? registered)
    const deployed = {
      ...rest,
      type,
      name,
      ...(scope && { scope }),
      ...(version && { apiVersion: version }),
    }
    return [[type, scope && `on ${scope}`, name].filter(Boolean).join(' '), deployed]
  })
  if (new Set(resources.map(([key]) => key)).size < resources.length) {
    throw new Error('Two resources of one type have the same name')
  }
  return { resources: sorted(resources), outputs: sorted(Object.entries(outputs)) }
}

/** The compiler's order varies from run to run. */
const sorted = <Item>(entries: [name: string, Item][]): Record<string, Item> =>
  Object.fromEntries(entries.sort(([one], [other]) => (one < other ? -1 : 1)))

/** An extension resource is deployed on another one. Its name may be known to Azure only: then the role tells two apart. */
function placeOf(id: string): { scope?: string; own?: string } {
  const [, unresolved] = /^\[extensionResourceId\('([^']+)'/.exec(id) ?? []
  const [, role] = /'([0-9a-f-]{36})'\)+\]$/.exec(id) ?? []
  if (unresolved) return { scope: unresolved, ...(role && { own: role }) }
  const [, resolved] = /^(.+)\/providers\//.exec(id) ?? []
  return resolved ? { scope: resolved } : {}
}
