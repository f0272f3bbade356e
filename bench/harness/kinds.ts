/** The subjects: this project, with and without the Functions model, and its peers. */
import { eras } from './call.ts'
import type { SubjectKind } from './subject.ts'

const app = (file: string) => new URL(`../apps/${file}.ts`, import.meta.url)
const peer = (file: string) => new URL(`../peers/${file}.ts`, import.meta.url)

export const product: SubjectKind = {
  name: 'this project',
  eras,
  program: new URL('../../local/serve.ts', import.meta.url),
}

/** The endpoint behind `node:http`, like the peers. The goals for a call apply to it. */
export const direct: SubjectKind = {
  name: 'this project, node:http in front',
  eras,
  program: app('direct'),
}

/** The endpoint with `count` tools, behind the Functions model or `node:http`. */
export const withTools = (count: number, front: 'Functions' | 'node:http'): SubjectKind => ({
  name: `${count} tools, ${front}`,
  eras,
  program: app(front === 'Functions' ? 'many-tools' : 'direct'),
  environment: { BENCH_TOOLS: String(count) },
})

export const floor: SubjectKind = { name: 'floor', eras, program: peer('floor') }

/** For comparison with this project behind the Functions model and the local host. */
export const floorAsFunction: SubjectKind = {
  name: 'floor as a function',
  eras,
  program: peer('floor-function'),
}

const peers: readonly SubjectKind[] = [
  { name: 'fastmcp', eras: ['initialize'], program: peer('fastmcp') },
  { name: 'SDK v2 as its guide shows it', eras, program: peer('sdk-guide') },
  { name: 'Azure sample’s way', eras: ['initialize'], program: peer('azure-sample') },
  { name: 'SDK v2, one shared MSAL client', eras, program: peer('sdk-shared-msal') },
]

export const everybody: readonly SubjectKind[] = [floor, product, ...peers]
