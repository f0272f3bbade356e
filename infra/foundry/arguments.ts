/** Reads and checks the command line of `connect:foundry` and the file with the deployment's values. */
import { readFile } from 'node:fs/promises'
import { parseArgs } from 'node:util'
import * as z from 'zod'
import { connectionName } from '../clients/foundry.ts'
import { type ClientValues, clientValuesSchema, type Endpoint } from '../clients/values.ts'
import { type Project, parseProject } from './project.ts'
import { Missing } from './remedy.ts'

export type Wish = {
  values: ClientValues
  endpoint: Endpoint
  project: Project
  /** The connection's name in the project. */
  connection: string
  dryRun: boolean
  /** The azd environment of the values' file; undefined for a file elsewhere. */
  environment: string | undefined
}

const usage = `npm run connect:foundry -- --project <resource id of the Foundry project>
  --endpoint <name>     the endpoint, if there are several
  --connection <name>   the connection's name in the project; default: mcp-<endpoint>
  --values <file>       mcp-clients.json; default: that of azd's default environment
  --dry-run             prints what it would do, and changes nothing`

/** @throws Missing for an invalid argument or a missing file */
export async function readWish(args: string[]): Promise<Wish> {
  const given = parsed(args)
  const project = parseProject(given.project ?? '')
  const file = given.values ?? (await valuesFile())
  const values = await readValues(file)
  const [, environment] = /\.azure\/([^/]+)\/mcp-clients\.json$/.exec(file) ?? []
  const endpoint = chosen(values, given.endpoint)
  const connection = given.connection ?? connectionName(endpoint)
  if (!/^[a-z0-9][a-z0-9-]{1,23}$/.test(connection)) {
    throw new Missing(
      `A connection's name has 2 to 24 lower-case letters, digits and hyphens, unlike ${connection}. Choose one with --connection.`,
    )
  }
  return { values, endpoint, project, connection, dryRun: given['dry-run'], environment }
}

function parsed(args: string[]) {
  try {
    const { values } = parseArgs({
      args,
      options: {
        project: { type: 'string' },
        endpoint: { type: 'string' },
        connection: { type: 'string' },
        values: { type: 'string' },
        'dry-run': { type: 'boolean', default: false },
      },
    })
    return values
  } catch (error) {
    throw new Missing(`${error instanceof Error ? error.message : error}\n${usage}`)
  }
}

async function valuesFile(): Promise<string> {
  const file = await defaultValuesFile()
  if (file !== undefined) return file
  throw new Missing(
    `There is no azd environment here: azd up creates one. Or pass --values.\n${usage}`,
  )
}

/** mcp-clients.json of azd's default environment; undefined when there is none. */
export async function defaultValuesFile(): Promise<string | undefined> {
  const config = await readJson('.azure/config.json')
  const environment = azdConfig.safeParse(config).data?.defaultEnvironment
  return environment && `.azure/${environment}/mcp-clients.json`
}

const azdConfig = z.object({ defaultEnvironment: z.string() })

/** @throws Missing when the file is missing or invalid */
export async function readValues(path: string): Promise<ClientValues> {
  const values = clientValuesSchema.safeParse(await readJson(path))
  if (values.success) return values.data
  const problem = z.prettifyError(values.error)
  throw new Missing(`${path} is missing or invalid; azd provision writes it:\n${problem}`)
}

/** Undefined when the file is missing or not JSON. */
async function readJson(path: string): Promise<unknown> {
  try {
    return JSON.parse(await readFile(path, 'utf8'))
  } catch {
    return undefined
  }
}

function chosen({ endpoints }: ClientValues, name: string | undefined): Endpoint {
  const found = endpoints.filter((each) => name === undefined || each.name === name)
  const [only] = found
  if (only !== undefined && found.length === 1) return only
  throw new Missing(`--endpoint must be one of: ${endpoints.map((each) => each.name).join(', ')}`)
}
