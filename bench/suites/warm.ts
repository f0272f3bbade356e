/** The cost of a warm call: the token is known and the downstream token cached. */
import type { Bench, Goal, Report } from '../harness/bench.ts'
import type { Era } from '../harness/call.ts'
import { direct, everybody, floor, floorAsFunction, product } from '../harness/kinds.ts'
import { askOnce, load, type Measured } from '../harness/load.ts'
import { inTurns, ratios, said, spread } from '../harness/rounds.ts'
import type { Subject, SubjectKind } from '../harness/subject.ts'
import type { User } from '../harness/users.ts'

type Entry = { subject: Subject; era: Era }
type Cell = { users: number; connections: number; results: Map<Entry, Measured[]> }

export async function warm({ newUsers, start }: Bench): Promise<Report> {
  const users = await newUsers(1000)
  const subjects: Subject[] = []
  for (const kind of [...everybody, direct, floorAsFunction]) subjects.push(await start(kind))
  const entries = subjects.flatMap((subject) => subject.eras.map((era) => ({ subject, era })))

  const cells: Cell[] = []
  for (const who of [users.slice(0, 1), users]) {
    for (const entry of entries) await warmUp(entry, who)
    for (const connections of [1, 32]) {
      const results = await inTurns(entries, ({ subject, era }) =>
        load(subject, {
          ...{ era, method: 'tools/call', users: who, connections, milliseconds: 400 },
        }),
      )
      cells.push({ users: who.length, connections, results })
    }
  }
  return {
    title: 'Warm calls',
    how: 'One tools/call: token and scope looked at, downstream token in the cache, one request to ARM, a JSON answer. × floor of the same era, in the same round.',
    tables: [
      table(entries, cells, { of: 'cpu', head: 'CPU, × floor', unit: 'µs' }),
      table(entries, cells, { of: 'p50', head: 'p50, × floor', unit: 'ms' }),
    ],
    goals: goals(entries, cells),
  }
}

/** Calls once for each user, then until V8 has optimized. */
async function warmUp({ subject, era }: Entry, users: User[]): Promise<void> {
  const message = { era, method: 'tools/call', users } as const
  await askOnce(subject, { ...message, connections: 16 })
  await load(subject, { ...message, connections: 32, milliseconds: 1500 })
}

type Figure = { of: 'cpu' | 'p50'; head: string; unit: string }

function table(entries: Entry[], cells: Cell[], { of, head, unit }: Figure) {
  const columns = cells.map(
    ({ users, connections }) => `${count(users, 'user')}, ${connections} at a time`,
  )
  const rows = entries.map((entry) => [
    `${entry.subject.name}, ${entry.era}`,
    ...cells.map((cell) =>
      entry.subject.name === floor.name
        ? `1 = ${spread(valuesOf(cell, entry, of)).median.toFixed(unit === 'ms' ? 2 : 0)} ${unit}`
        : said(timesFloor(cell, entry, of)),
    ),
  ])
  return { head: [head, ...columns], rows }
}

const count = (number: number, of: string) => `${number} ${of}${number === 1 ? '' : 's'}`

const valuesOf = ({ results }: Cell, entry: Entry, of: 'cpu' | 'p50') =>
  (results.get(entry) ?? []).map((measured) => measured[of])

/** Ratios by round, over `base` of the same era. */
function timesFloor(cell: Cell, entry: Entry, of: 'cpu' | 'p50', base = floor) {
  const [other] = [...cell.results.keys()].filter(
    ({ subject, era }) => subject.name === base.name && era === entry.era,
  )
  return ratios(valuesOf(cell, entry, of), other ? valuesOf(cell, other, of) : [])
}

type Row = Omit<Goal, 'goal' | 'measured' | 'isMet'> &
  Pick<Figure, 'of'> & {
    /** The cell with the goal's figure. */
    users: number
    connections: number
    /** The subject, and the one that it is compared with. */
    kind: SubjectKind
    base: SubjectKind
  }

const rows: readonly Row[] = [
  {
    ...{ row: '1', what: 'CPU per warm call', of: 'cpu', users: 1000, connections: 32 },
    ...{ kind: direct, base: floor },
  },
  {
    ...{ row: '2', what: 'p50 of one caller alone', of: 'p50', users: 1, connections: 1 },
    ...{ kind: direct, base: floor },
  },
  {
    ...{ row: '8a', what: 'CPU per warm call', of: 'cpu', users: 1000, connections: 32 },
    ...{ kind: product, base: floorAsFunction },
  },
]

function goals(entries: Entry[], cells: Cell[]): Goal[] {
  return rows.flatMap(({ row, what, of, users, connections, kind, base }) => {
    const cell = cells.find((it) => it.users === users && it.connections === connections)
    if (!cell) return []
    const measured = entries
      .filter(({ subject }) => subject.name === kind.name)
      .map((entry) => ({ era: entry.era, times: timesFloor(cell, entry, of, base) }))
    return {
      ...{ row, what: `${what}, both eras: ${kind.name}`, goal: `≤ 1.2 × ${base.name}` },
      measured: measured.map(({ era, times }) => `${said(times)} × ${era}`).join('; '),
      isMet: measured.every(({ times }) => times.median <= 1.2),
    }
  })
}
