/** Finds the endpoints that the files in functions/ export. */
import { readdir } from 'node:fs/promises'
import type { EndpointDefinition } from '../shared/mcp/define-endpoint.ts'

/** `name` of the export. */
export type EndpointModule = { file: string; name: string; endpoint: EndpointDefinition }

/** Registers the endpoints, or lists them. */
const others = ['main.ts', 'endpoints.ts']

/** Sorted by the endpoints' names. */
export async function readEndpoints(): Promise<EndpointModule[]> {
  const folder = new URL('../functions/', import.meta.url)
  const files = (await readdir(folder)).filter((it) => it.endsWith('.ts') && !others.includes(it))
  const found: EndpointModule[] = []
  for (const file of files) {
    const exported: object = await import(new URL(file, folder).href)
    for (const [name, endpoint] of Object.entries(exported)) {
      if (isEndpoint(endpoint)) found.push({ file, name, endpoint })
    }
  }
  return found.toSorted((a, b) => (a.endpoint.name < b.endpoint.name ? -1 : 1))
}

const isEndpoint = (it: unknown): it is EndpointDefinition =>
  typeof it === 'object' && it !== null && 'name' in it && 'title' in it && 'tools' in it
