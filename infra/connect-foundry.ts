/**
 * `npm run connect:foundry -- --project <resource id>`: connects an MCP endpoint of this deployment to a Foundry
 * project, as the account of `az login`. foundry/ has the steps.
 */
import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { DefaultAzureCredential } from '@azure/identity'
import { readWish } from './foundry/arguments.ts'
import { keepAllowed } from './foundry/azd-environment.ts'
import { connectFoundry } from './foundry/connect.ts'
import { Missing } from './foundry/remedy.ts'
import { reportLines } from './foundry/report.ts'

const run = promisify(execFile)
const azd = async (...args: string[]) => (await run('azd', args)).stdout

try {
  const wish = await readWish(process.argv.slice(2))
  const connected = await connectFoundry(wish, {
    credential: new DefaultAzureCredential({ tenantId: wish.values.tenantId }),
    arm: 'https://management.azure.com',
    graph: 'https://graph.microsoft.com',
  })
  console.log(reportLines(wish, connected).join('\n'))
  if (!wish.dryRun && connected.clientId) {
    const said = await keepAllowed(connected.clientId, wish.environment, azd)
    if (said) console.log(said)
  }
} catch (error) {
  if (!(error instanceof Missing)) throw error
  console.error(error.message)
  process.exitCode = 1
}
