/** Computes the contents of all generated files. Reads those that are generated in part; writes nothing. */
import { readFile } from 'node:fs/promises'
import { clientsPage, example } from './clients-page.ts'
import { readEndpoints } from './endpoints.ts'
import { baseUrlsOf, permissionsOf } from './permissions.ts'
import { refusalsPage } from './refusals-page.ts'
import { codeServers, localSettings, parameters } from './settings-files.ts'
import { permissionTable, settingTable, toolTable } from './tables.ts'
import { type Output, tidy } from './tidy.ts'

const root = new URL('..', import.meta.url)

/** @throws an Error that names an endpoint, scope or setting with two different definitions */
export async function outputs(): Promise<Output[]> {
  const modules = await readEndpoints()
  const endpoints = modules.map(({ endpoint }) => endpoint)
  const permissions = permissionsOf(endpoints)
  const baseUrls = baseUrlsOf(endpoints)
  const edited = async (file: string, edit: (text: string) => string): Promise<Output> => ({
    file,
    text: edit(await readFile(new URL(file, root), 'utf8')),
  })
  return [
    code('functions/endpoints.ts', endpointsModule(modules)),
    code('infra/permissions.json', JSON.stringify(permissions)),
    await edited('infra/main.parameters.json', (text) => parameters(text, baseUrls)).then(tidy),
    await edited('local.settings.sample.json', (text) => localSettings(text, permissions)).then(
      tidy,
    ),
    await edited('.vscode/mcp.json', (text) => codeServers(text, permissions)).then(tidy),
    await edited('README.md', (text) =>
      filled(text, { tools: toolTable(endpoints), settings: settingTable(baseUrls) }),
    ),
    await edited('docs/deploy.md', (text) =>
      filled(text, { permissions: permissionTable(permissions) }),
    ),
    { file: 'docs/refusals.md', text: refusalsPage() },
    { file: 'docs/clients.md', text: clientsPage(example(permissions)) },
  ]
}

const endpointsModule = (modules: Awaited<ReturnType<typeof readEndpoints>>) => `
// Made by \`npm run generate\` from the files of this folder.
${modules.map(({ file, name }) => `import { ${name} } from './${file}'`).join('\n')}

export const endpoints = [${modules.map(({ name }) => name).join()}]`

/** Replaces the text between `<!-- generated: name -->` and `<!-- end -->`. */
function filled(text: string, parts: Readonly<Record<string, string>>): string {
  return Object.entries(parts).reduce((filledSoFar, [name, part]) => {
    const place = new RegExp(`(<!-- generated: ${name} -->\n).*?(\n<!-- end -->)`, 's')
    if (!place.test(filledSoFar)) throw new Error(`The place for "${name}" is missing`)
    return filledSoFar.replace(place, (_, start, end) => `${start}${part}${end}`)
  }, text)
}

const code = (file: string, text: string) => tidy({ file, text })
