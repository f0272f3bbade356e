/**
 * `npm run build`: the function app as one ES module, `dist/functions/main.js`, which `main` of package.json names. One
 * file loads faster than thousands when an instance starts cold. Checks no types.
 */
import { readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build as bundle } from 'esbuild'

/**
 * Replaces `outdir` by a bundle of all `.ts` files that stand directly in `folder`.
 * @returns the bundle's path and its size in bytes
 */
export async function build({ folder, outdir }: { folder: string; outdir: string }) {
  const files = (await readdir(folder)).filter((file) => file.endsWith('.ts')).sort()
  if (files.length === 0) throw new Error(`There is no function in ${folder}`)
  await rm(outdir, { recursive: true, force: true })

  const outfile = join(outdir, 'functions', 'main.js')
  const { metafile } = await bundle({
    stdin: {
      contents: files.map((file) => `import ${JSON.stringify(`./${file}`)}`).join('\n'),
      resolveDir: folder,
    },
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node22',
    // Exists only inside the Functions worker.
    external: ['@azure/functions-core'],
    // CommonJS packages within an ES module ask for `require`.
    banner: {
      js: "import{createRequire as requireFrom}from'node:module';const require=requireFrom(import.meta.url);",
    },
    minifySyntax: true,
    minifyWhitespace: true,
    legalComments: 'linked',
    sourcemap: 'linked',
    outfile,
    metafile: true,
    logLevel: 'warning',
  })
  const bytes = Object.entries(metafile.outputs).find(([path]) => path.endsWith('main.js'))?.[1]
    .bytes
  return { outfile, bytes: bytes ?? 0 }
}

if (import.meta.main) {
  const root = fileURLToPath(new URL('..', import.meta.url))
  const { bytes } = await build({ folder: join(root, 'functions'), outdir: join(root, 'dist') })
  console.log(`dist/functions/main.js ${(bytes / 1024).toFixed(0)} KiB`)
}
