/**
 * What the compiler predicts of a deployment, as infra/snapshots/ keeps it: one file for each scenario. `default.json` is
 * whole, the others hold what differs from it. What only Azure knows stays the expression that asks for it, such as
 * `[reference('Microsoft.ManagedIdentity/userAssignedIdentities/id').clientId]`.
 */
import { basename } from 'node:path/posix'
import * as z from 'zod'
import { type Project, textOf } from './project.ts'
import type { ObjectValue } from './value.ts'

const resource = z
  .object({
    type: z.string(),
    /** Of the resource in Azure; of a registration its `uniqueName`. */
    name: z.string(),
    /** Of an extension resource, such as a role assignment: what it is for. */
    scope: z.string().optional(),
  })
  .catchall(z.json())
export type Deployed = z.infer<typeof resource>
export type Deployment = { resources: Readonly<Record<string, Deployed>>; outputs: ObjectValue }

/** `null`: not deployed in this scenario, though by default. */
const file = z.object({
  resources: z.record(z.string(), resource.nullable()),
  outputs: z.record(z.string(), z.json()),
})

/** Of the templates as a whole: what the snapshots were made from, and the parameters of main.bicep. */
export const madeFrom = z.object({
  templates: z.string(),
  /** Name → type; `?` at the end: has a default. */
  parameters: z.record(z.string(), z.string()),
})

export type MadeFrom = z.infer<typeof madeFrom>

export const first = 'default'
export const folder = 'infra/snapshots'
export const madeFromFile = `${folder}/made-from.json`

/** Each scenario's deployment, by its name. */
export function readSnapshots(project: Project): Map<string, Deployment> {
  const read = (name: string) => file.parse(JSON.parse(textOf(project, `${folder}/${name}.json`)))
  const base = read(first)
  return new Map(
    scenariosOf(project).map((name) => {
      const { resources, outputs } = read(name)
      const all = Object.entries({ ...base.resources, ...resources })
      const deployed = all.flatMap(([key, it]) => (it === null ? [] : [[key, it] as const]))
      return [
        name,
        { resources: Object.fromEntries(deployed), outputs: { ...base.outputs, ...outputs } },
      ]
    }),
  )
}

export const scenariosOf = (project: Project): string[] =>
  [...project.keys()]
    .filter((path) => path.endsWith('.bicepparam'))
    .map((path) => basename(path, '.bicepparam'))
