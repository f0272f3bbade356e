/** `npm run new endpoint <name>`: writes functions/<name>.ts, an endpoint with one tool that runs, and what follows. */
import { spawnSync } from 'node:child_process'
import { writeFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { tidy } from './tidy.ts'

const root = new URL('..', import.meta.url)
const [kind, name = '', ...more] = process.argv.slice(2)

if (kind !== 'endpoint' || more.length > 0 || !/^[a-z][a-z0-9]*(-[a-z0-9]+)*$/.test(name)) {
  fail('Usage: npm run new endpoint <name>, in lower-case letters, digits and hyphens')
}
const file = `functions/${name}.ts`
const text = tidied(source(name))
await writeFile(new URL(file, root), text, { flag: 'wx' }).catch((error) =>
  fail(error.code === 'EEXIST' ? `${file} exists already: choose another name` : String(error)),
)
console.log(`wrote ${file}`)
// In a new process: this one may have loaded the list of endpoints already.
const generating = spawnSync(
  process.execPath,
  [fileURLToPath(new URL('main.ts', import.meta.url))],
  {
    stdio: 'inherit',
  },
)
process.exit(generating.status ?? 1)

/** A name like `delete` is one that JavaScript keeps to itself, and one like `graph` the file has already. */
function tidied(text: string): string {
  const constants = text.matchAll(/^(?:import \{ |import \* as |(?:export )?const )(\w+)/gm)
  const names = [...constants].map(([, constant]) => constant)
  try {
    if (new Set(names).size === names.length) return tidy({ file, text }).text
  } catch {}
  return fail(`The name ${name} cannot be that of a constant in ${file}: choose another`)
}

function source(endpoint: string): string {
  const title = endpoint.replaceAll('-', ' ').replace(/^./, (first) => first.toUpperCase())
  const variable = endpoint.replace(/-(.)/g, (_, letter: string) => letter.toUpperCase())
  return `/** /mcp/${endpoint}: TODO say what it is for. */
import { graph } from '../shared/downstreams.ts'
import { userScope } from '../shared/mcp/access.ts'
import { defineEndpoint } from '../shared/mcp/define-endpoint.ts'
import { defineTool } from '../shared/mcp/tool.ts'
import * as z from '../shared/zod.ts'

const profile = z.object({
  displayName: z.string().describe('Name as the organization has it'),
  userPrincipalName: z.string().describe('Name that the user signs in with'),
})

const whoAmI = defineTool({
  name: 'who_am_i',
  description: 'Says who is signed in: name and sign-in name, as the organization has them.',
  effect: 'reads',
  access: userScope('${endpoint}.read', {
    title: 'Use ${title}',
    description: 'Reads your name and sign-in name, as you.',
  }),
  downstream: graph,
  input: z.strictObject({}),
  output: profile,
  run: ({ api }) => api.get('/v1.0/me', profile, { query: { $select: 'displayName,userPrincipalName' } }),
})

export const ${variable} = defineEndpoint({ name: '${endpoint}', title: '${title}', tools: [whoAmI] })
`
}

function fail(message: string): never {
  console.error(message)
  process.exit(1)
}
