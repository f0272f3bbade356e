/** azd's second postprovision hook: prints clients' settings, and writes .azure/<environment>/mcp-clients.json. */
import { writeFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { clientLines, valuesOf } from './deployment-values.ts'

const { environment, values } = valuesOf(process.env)
const file = `.azure/${environment}/mcp-clients.json`
const path = fileURLToPath(new URL(`../../${file}`, import.meta.url))
await writeFile(path, `${JSON.stringify(values, null, 2)}\n`)
console.log(
  [...clientLines(values), '', `All of it: ${file}. Client by client: docs/clients.md`].join('\n'),
)
