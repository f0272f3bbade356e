/** Starts the far side as a child process for all suites, controls its faults and counts its exchanges. */
import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import * as z from 'zod'

export type FarSideRequest =
  | { kind: 'keys'; jwks: unknown }
  | { kind: 'faults'; delayMs: number; failingShare: number; slowUser: string }
  | { kind: 'reset' }
  | { kind: 'look' }

export type FarSide = {
  origin: string
  /** Delays exchanges, answers `failingShare` of them with 503, and lets ARM take a second for `slowUser`. */
  misbehave: (faults: {
    delayMs?: number
    failingShare?: number
    slowUser?: string
  }) => Promise<void>
  behave: () => Promise<void>
  /** Exchanges attempted while `work` ran. */
  countExchanges: (work: () => Promise<unknown>) => Promise<number>
  close: () => void
}

/** @param jwks the key set that Entra publishes */
export async function startFarSide(jwks: unknown): Promise<FarSide> {
  const child = fork(new URL('./main.ts', import.meta.url))
  const { origin } = await answerOf(child)
  const ask = (request: FarSideRequest) => {
    child.send(request)
    return answerOf(child)
  }
  await ask({ kind: 'keys', jwks })
  const well = { delayMs: 0, failingShare: 0, slowUser: '' }
  const misbehave: FarSide['misbehave'] = async (faults) => {
    await ask({ kind: 'faults', ...well, ...faults })
  }
  return {
    origin,
    misbehave,
    behave: () => misbehave({}),
    async countExchanges(work) {
      await ask({ kind: 'reset' })
      await work()
      return (await ask({ kind: 'look' })).exchanges
    },
    close: () => child.disconnect(),
  }
}

const answer = z.object({ exchanges: z.number(), origin: z.string() })

const answerOf = async (child: ChildProcess) => answer.parse((await once(child, 'message'))[0])
