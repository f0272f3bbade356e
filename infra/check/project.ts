/** The files that the checks read, by their path in the repository. A test alters a copy; nothing else reads the disk. */
import { hash } from 'node:crypto'
import { globSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

export type Project = ReadonlyMap<string, string>

export const root = fileURLToPath(new URL('../..', import.meta.url))

/** What the compiler reads. */
const templates = [
  'infra/main.bicep',
  'infra/modules/*',
  'infra/scenarios/*',
  'infra/{permissions,main.parameters}.json',
  'infra/bicepconfig.json',
]

const read = [...templates, 'azure.yaml', 'infra/{hooks,snapshots}/*']

export function readProject(patterns = read): Project {
  const paths = globSync(patterns, { cwd: root }).sort()
  return new Map(paths.map((path) => [path, readFileSync(`${root}${path}`, 'utf8')]))
}

export const textOf = (project: Project, path: string): string => {
  const text = project.get(path)
  if (text === undefined) throw new Error(`${path} is missing`)
  return text
}

/** Of the files that the compiler reads: a snapshot is good for exactly these. */
export function hashOfTemplates(project: Project = readProject(templates)): string {
  const texts = globSync(templates, { cwd: root })
    .sort()
    .map((path) => [path, textOf(project, path).replaceAll('\r\n', '\n')])
  return hash('sha256', JSON.stringify(texts))
}
