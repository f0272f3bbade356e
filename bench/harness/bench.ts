/** What a suite is given and what it hands back. */
import type { FarSide } from '../far-side/far-side.ts'
import type { Subject, SubjectKind } from './subject.ts'
import type { Table } from './table.ts'
import type { NewUsers } from './users.ts'

export type Bench = {
  farSide: FarSide
  newUsers: NewUsers
  /** What all subjects are started with. */
  settings: Readonly<Record<string, string>>
  /** A process of its own, with the settings that all share; it ends with the suite. */
  start: (kind: SubjectKind) => Promise<Subject>
  /** What a suite starts besides, to be closed with it. */
  keep: <Part extends { close(): unknown }>(part: Part) => Part
}

export type Report = {
  title: string
  /** How it was measured, for a reader who knows the general part. */
  how: string
  tables: Table[]
  goals: Goal[]
}

/** A row of what we aim at: `8`, `8a`. */
export type Goal = { row: string; what: string; goal: string; measured: string; isMet: boolean }

export type Suite = (bench: Bench) => Promise<Report>
