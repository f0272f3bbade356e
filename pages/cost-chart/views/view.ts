/** What each view gives for one answer, and what it is given. */
import type { Child } from '../dom.ts'
import type { Question } from '../question.ts'
import type { Words } from '../words.ts'

export type Stage = {
  words: Words
  /** Undefined: the host did not say. */
  question: Question | undefined
  /** Rows of bars at most. */
  rows: number
  /** Asks for what is within a row; undefined: nothing can be. */
  opener: (row: { name: string; thenName?: string | undefined }) => (() => void) | undefined
}

export type View = {
  title: string
  /** Amounts, one of each currency. */
  headlines: readonly { amount: string; note?: string | undefined }[]
  days?: { from: string; to: string }
  body: readonly Child[]
  notes: readonly string[]
  /** Rows that are there and not shown. */
  hidden: number
}
