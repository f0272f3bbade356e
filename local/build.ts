/**
 * `npm run build`: bundles the function app into one ES module, `dist/functions/main.js` (`main` of package.json), which
 * loads faster at a cold start than thousands of files. Does not check types.
 */
import { rm } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build as bundle, type Plugin } from 'esbuild'
import { buildPages } from './pages.ts'

const functions = fileURLToPath(new URL('../functions/main.ts', import.meta.url))
const sdk = dirname(createRequire(import.meta.url).resolve('@modelcontextprotocol/server'))

/**
 * Replaces `outdir` with a bundle of `entry` and its imports, and the pages.
 * @param options.plugins for the benchmarks, which also bundle a part of the app
 * @param options.sourcemap for reading stack traces; not used at run time
 * @returns the bundle's path and its size in bytes
 */
export async function build({
  entry = functions,
  outdir,
  plugins = [],
  sourcemap = true,
}: {
  entry?: string
  outdir: string
  plugins?: Plugin[]
  sourcemap?: boolean
}) {
  await rm(outdir, { recursive: true, force: true })
  await buildPages(join(outdir, 'pages'))

  const outfile = join(outdir, 'functions', 'main.js')
  const { metafile } = await bundle({
    entryPoints: [entry],
    plugins: [undiciInUse, ...plugins],
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node22',
    // Exists only inside the Functions worker.
    external: ['@azure/functions-core'],
    // The Node variant adds Ajv, which costs 15 ms at start; shared/mcp/protocol.ts does not need it.
    alias: { '@modelcontextprotocol/server/_shims': join(sdk, 'shimsBrowser.mjs') },
    // Bundled CommonJS packages call `require`.
    banner: {
      js: "import{createRequire as requireFrom}from'node:module';const require=requireFrom(import.meta.url);",
    },
    minifySyntax: true,
    minifyWhitespace: true,
    legalComments: 'linked',
    sourcemap: sourcemap && 'linked',
    outfile,
    metafile: true,
    logLevel: 'warning',
  })
  const bytes = Object.entries(metafile.outputs).find(([path]) => path.endsWith('main.js'))?.[1]
    .bytes
  return { outfile, bytes: bytes ?? 0 }
}

/**
 * Bundles undici without the parts that a server never calls (fetch, WebSocket, mocks, caches, interceptors), which
 * every start would otherwise parse and run. The build fails if `shared/` imports a name that is not exported here.
 */
const undiciInUse: Plugin = {
  name: 'undici-in-use',
  setup({ onLoad }) {
    onLoad({ filter: /node_modules\/undici\/index\.js$/ }, () => ({
      contents: `
        import Dispatcher from './lib/dispatcher/dispatcher.js'
        import api from './lib/api/index.js'
        Object.assign(Dispatcher.prototype, api)
        export { default as Agent } from './lib/dispatcher/agent.js'
        export { default as EnvHttpProxyAgent } from './lib/dispatcher/env-http-proxy-agent.js'
        export { default as buildConnector } from './lib/core/connect.js'
        export { default as errors } from './lib/core/errors.js'
        export { setGlobalDispatcher } from './lib/global.js'`,
    }))
  },
}

if (import.meta.main) {
  const { bytes } = await build({ outdir: fileURLToPath(new URL('../dist', import.meta.url)) })
  console.log(`dist/functions/main.js ${(bytes / 1024).toFixed(0)} KiB`)
}
