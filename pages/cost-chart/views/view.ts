/** The input and output of a view of one answer. */
import type { Child } from '../dom.ts'
import type { Question } from '../question.ts'
import type { Words } from '../words.ts'

export type Stage = {
  words: Words
  /** Undefined if the host did not pass it. */
  question: Question | undefined
  /** Maximum number of bars. */
  rows: number
  /** Opens the costs within a row; undefined if there is nothing to open. */
  opener: (row: { name: string; thenName?: string | undefined }) => (() => void) | undefined
}

export type View = {
  title: string
  /** One amount for each currency. */
  headlines: readonly { amount: string; note?: string | undefined }[]
  days?: { from: string; to: string }
  body: readonly Child[]
  notes: readonly string[]
  /** Number of rows that are loaded but not shown. */
  hidden: number
}
