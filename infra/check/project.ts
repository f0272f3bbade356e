/** The files that the checks look at, by their path in the repository. A test alters a copy; nothing else reads disks. */
import { globSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

export type Project = ReadonlyMap<string, string>

const root = fileURLToPath(new URL('../..', import.meta.url))

export function readProject(): Project {
  const paths = globSync(
    ['azure.yaml', 'infra/*.{bicep,json}', 'infra/modules/*.bicep', 'infra/hooks/*.{ts,mjs}'],
    { cwd: root },
  )
  return new Map(paths.sort().map((path) => [path, readFileSync(`${root}${path}`, 'utf8')]))
}

export const textOf = (project: Project, path: string): string => {
  const text = project.get(path)
  if (text === undefined) throw new Error(`${path} is missing`)
  return text
}
