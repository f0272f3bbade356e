/**
 * Builds one HTML file from each folder in pages/: main.ts and style.css with their imports, inline. The page's content
 * security policy allows only these two, by their hashes.
 */
import { createHash } from 'node:crypto'
import { globSync, statSync } from 'node:fs'
import { mkdir, rename, writeFile } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Plugin } from 'esbuild'

const root = fileURLToPath(new URL('..', import.meta.url))
const source = join(root, 'pages')
/** shared/mcp/ui.ts reads the pages here. */
const target = join(root, 'dist', 'pages')

/** @returns the size in bytes of each, by its name */
export async function buildPages(outdir = target): Promise<Map<string, number>> {
  await mkdir(outdir, { recursive: true })
  const sizes = new Map<string, number>()
  for (const entry of globSync('*/main.ts', { cwd: source }).sort()) {
    const name = dirname(entry)
    const page = await pageOf(join(source, name))
    // Another process may be reading or writing the file.
    const draft = join(outdir, `.${name}.${process.pid}`)
    await writeFile(draft, page)
    await rename(draft, join(outdir, `${name}.html`))
    sizes.set(name, Buffer.byteLength(page))
  }
  return sizes
}

/** For functions that run from their sources: builds the pages only when a source is newer. */
export async function buildChangedPages(): Promise<void> {
  const newest = Math.max(
    ...globSync(['pages/**/*.*', 'package-lock.json', 'local/pages.ts'], { cwd: root }).map(
      (file) => changedAt(join(root, file)),
    ),
  )
  const built = globSync('*/main.ts', { cwd: source }).map((entry) =>
    changedAt(join(target, `${dirname(entry)}.html`)),
  )
  if (built.some((time) => time < newest)) await buildPages()
}

const changedAt = (file: string) => statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 0

async function pageOf(folder: string): Promise<string> {
  // Slow to load, and rarely needed.
  const { build } = await import('esbuild')
  const { outputFiles } = await build({
    entryPoints: [join(folder, 'main.ts'), join(folder, 'style.css')],
    bundle: true,
    format: 'esm',
    platform: 'browser',
    target: 'es2023',
    minify: true,
    legalComments: 'none',
    write: false,
    outdir: folder,
    plugins: [englishOnly],
    logLevel: 'warning',
  })
  const output = (extension: string) =>
    outputFiles.find(({ path }) => path.endsWith(extension))?.text ?? ''
  const [script, style] = [output('.js'), output('.css')]
  const policy = [
    "default-src 'none'",
    `script-src '${hashOf(script)}'`,
    `style-src '${hashOf(style)}'`,
    "base-uri 'none'",
    "form-action 'none'",
  ].join('; ')
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${basename(folder)}</title>
<style>${style}</style>
</head>
<body>
<script type="module">${script}</script>
</body>
</html>
`
}

/** Leaves out zod's messages in other languages, which would be two fifths of a page. */
const englishOnly: Plugin = {
  name: 'english only',
  setup(build) {
    build.onLoad({ filter: /zod\/v4\/locales\/index\.js$/ }, () => ({
      contents: "export { default as en } from './en.js'",
    }))
  },
}

const hashOf = (text: string) => `sha256-${createHash('sha256').update(text).digest('base64')}`
