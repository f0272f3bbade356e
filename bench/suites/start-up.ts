/** The cost of a cold start, up to the first answer to a signed-in user. */
import { mkdtemp, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { build as bundle, type Plugin } from 'esbuild'
import { endpoints } from '../../functions/endpoints.ts'
import { build } from '../../local/build.ts'
import type { Bench, Report } from '../harness/bench.ts'
import { eras } from '../harness/call.ts'
import { floor, product } from '../harness/kinds.ts'
import { askOnce } from '../harness/load.ts'
import { inTurns, ratios, said, spread } from '../harness/rounds.ts'
import type { SubjectKind } from '../harness/subject.ts'

export async function startUp(bench: Bench): Promise<Report> {
  const folder = await mkdtemp(fileURLToPath(new URL('../dist-', import.meta.url)))
  bench.keep({ close: () => rm(folder, { recursive: true }) })
  const bundled = await bundles(folder)
  const cached = bundled.map(
    (kind): SubjectKind => ({
      ...kind,
      name: `${kind.name}, V8’s compile cache`,
      environment: { ...kind.environment, NODE_COMPILE_CACHE: join(folder, 'cache') },
    }),
  )
  const kinds = [...bundled, ...cached, floor, product]
  for (const kind of cached) await firstAnswer(bench, kind)
  const results = await inTurns(kinds, (kind) => firstAnswer(bench, kind))
  const of = (kind: SubjectKind | undefined) => (kind && results.get(kind)) ?? []
  const [base, ours, alone] = bundled
  const measured = ratios(of(ours), of(base))
  return {
    title: 'Start-up',
    how: 'CPU of the process from its start to the first answer to a signed-in user: keys, exchange and ARM included. The product’s bundle is the one that is deployed.',
    tables: [
      {
        head: ['', 'CPU, ms', '× floor, bundled'],
        rows: kinds.map((kind) => [
          kind.name,
          spread(of(kind)).median.toFixed(0),
          said(ratios(of(kind), of(base))),
        ]),
      },
      {
        head: ['endpoints in the bundle', 'CPU, ms', '× one endpoint'],
        rows: [alone, ours].map((kind) => [
          kind === ours ? `all ${endpoints.length}` : '`/mcp/cost`',
          spread(of(kind)).median.toFixed(0),
          said(ratios(of(kind), of(alone))),
        ]),
      },
    ],
    goals: [
      {
        row: '8',
        what: 'start-up CPU, bundled, to the first authorised answer',
        goal: '≤ 1.5 × bundled floor',
        measured: `${said(measured)} ×`,
        isMet: measured.median <= 1.5,
      },
    ],
  }
}

async function bundles(folder: string): Promise<SubjectKind[]> {
  const { outfile } = await build({ outdir: join(folder, 'all') })
  const alone = await build({ outdir: join(folder, 'alone'), plugins: [costAlone] })
  const program = async (name: string, entry: URL) => {
    const path = join(folder, `${name}.js`)
    await bundle({
      entryPoints: [fileURLToPath(entry)],
      outfile: path,
      ...({ bundle: true, platform: 'node', format: 'esm', target: 'node22' } as const),
      ...({ minifySyntax: true, minifyWhitespace: true, logLevel: 'warning' } as const),
    })
    return pathToFileURL(path)
  }
  const host = await program('host', new URL('../apps/bundled-host.ts', import.meta.url))
  return [
    { name: 'floor, bundled', eras, program: await program('floor', floor.program) },
    {
      ...{ name: 'this project, bundled', eras, program: host },
      environment: { BENCH_BUNDLE: pathToFileURL(outfile).href },
    },
    {
      ...{ name: 'this project, bundled, `/mcp/cost` alone', eras, program: host },
      environment: { BENCH_BUNDLE: pathToFileURL(alone.outfile).href },
    },
  ]
}

/** Replaces functions/endpoints.ts by a list with one endpoint. */
const costAlone: Plugin = {
  name: 'cost-alone',
  setup({ onLoad }) {
    onLoad({ filter: /functions\/endpoints\.ts$/ }, ({ path }) => ({
      contents: "import { cost } from './cost.ts'\nexport const endpoints = [cost]",
      ...{ loader: 'ts', resolveDir: dirname(path) },
    }))
  },
}

/** Milliseconds of CPU. */
async function firstAnswer({ start, newUsers }: Bench, kind: SubjectKind): Promise<number> {
  const users = await newUsers(1)
  const subject = await start(kind)
  const message = { era: 'initialize', method: 'tools/call', users, connections: 1 } as const
  const { failed } = await askOnce(subject, message)
  if (failed > 0) throw new Error(`The first call of ${kind.name} failed`)
  const { cpuMicroseconds } = await subject.used()
  await subject.close()
  return cpuMicroseconds / 1000
}
