/** The types of a suite: its parameters and its report. */
import type { FarSide } from '../far-side/far-side.ts'
import type { Subject, SubjectKind } from './subject.ts'
import type { Table } from './table.ts'
import type { NewUsers } from './users.ts'

export type Bench = {
  farSide: FarSide
  newUsers: NewUsers
  /** Settings of all subjects. */
  settings: Readonly<Record<string, string>>
  /** Starts a subject in its own process, which ends with the suite. */
  start: (kind: SubjectKind) => Promise<Subject>
  /** Closes `part` at the end of the suite. */
  keep: <Part extends { close(): unknown }>(part: Part) => Part
}

export type Report = {
  title: string
  /** How it was measured, beyond the general part of README.md. */
  how: string
  tables: Table[]
  goals: Goal[]
}

/** `row`: number of the goal, such as `8` or `8a`. */
export type Goal = { row: string; what: string; goal: string; measured: string; isMet: boolean }

export type Suite = (bench: Bench) => Promise<Report>
