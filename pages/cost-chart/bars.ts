/**
 * Bars as a table: each row has a name, numbers, and a bar below them. A screen reader reads the same table that others
 * see as a chart.
 */
import { bdi, type Child, el } from './dom.ts'
import { sumOf } from './numbers.ts'
import { shownName } from './words.ts'

/** How a bar looks. Tones differ by pattern or outline, not only by colour. */
export type Tone = 'plain' | 'credit' | 'more' | 'less' | 'expected' | 'over'

export type Bar = {
  name: string
  /** A second, quiet line. */
  detail?: string | undefined
  /** A warning, shown with a sign. */
  warning?: string | undefined
  /** Parts of the bar from its start, all bars in one unit. */
  lengths: readonly { length: number; tone: Tone }[]
  /** A mark across the bar, in the same unit: a limit. */
  limit?: number | undefined
  /** One for each column after the first. */
  cells: readonly Child[]
  /** The row of a group, a row within one, or the row of all others. */
  level?: 'group' | 'within' | 'rest'
  /** Opens the costs within; undefined if there is nothing to open. */
  open?: (() => void) | undefined
}

export function barTable(options: {
  caption: string
  columns: readonly string[]
  bars: readonly Bar[]
  /** The last row: totals. */
  foot?: readonly Child[]
}): HTMLElement {
  const { caption, columns, bars, foot } = options
  const [first, ...others] = columns
  const scale = Math.max(
    0,
    ...bars.flatMap(({ lengths, limit = 0 }) => [limit, sumOf(lengths, ({ length }) => length)]),
  )
  // On a small screen a row takes several lines, with a label for each number if there are many.
  const cell = (content: Child, index: number) =>
    el(
      'td',
      { class: 'number', role: 'cell', 'data-label': others.length > 2 && others[index] },
      content,
    )
  const row = (name: readonly Child[], cells: readonly Child[], level?: string) =>
    el(
      'tr',
      { class: level, role: 'row' },
      el('th', { scope: 'row', role: 'rowheader' }, ...name),
      ...cells.map(cell),
    )
  // These are the elements' own roles, which some browsers drop if a style changes their display.
  return el(
    'table',
    { class: 'bars', role: 'table' },
    el('caption', {}, caption),
    el(
      'thead',
      { role: 'rowgroup' },
      el(
        'tr',
        { role: 'row' },
        el('th', { scope: 'col', role: 'columnheader' }, first),
        ...others.map((column) =>
          el('th', { scope: 'col', role: 'columnheader', class: 'number' }, column),
        ),
      ),
    ),
    el(
      'tbody',
      { role: 'rowgroup' },
      ...bars.map((bar) => row(nameOf(bar, scale), bar.cells, bar.level)),
    ),
    foot && el('tfoot', { role: 'rowgroup' }, row([foot[0]], foot.slice(1))),
  )
}

function nameOf({ name, detail, warning, lengths, limit, open }: Bar, scale: number): Child[] {
  const shown = shownName(name)
  const second = [shown.detail, detail].filter(Boolean).join(' · ')
  const label = el(
    'span',
    { class: 'label' },
    el('span', { class: 'name', title: shown.name.length > 40 && shown.name }, bdi(shown.name)),
    second !== '' && el('span', { class: 'detail' }, bdi(second)),
    warning !== undefined && el('strong', { class: 'warning' }, `▲ ${warning}`),
  )
  const button = open && el('button', { type: 'button', 'data-opens': name }, label)
  if (button && open) button.addEventListener('click', open)
  const bar =
    scale > 0 &&
    lengths.length > 0 &&
    el(
      'span',
      { class: 'bar', 'aria-hidden': 'true' },
      ...lengths.map(({ length, tone }) => part(`stretch ${tone}`, length / scale)),
      limit !== undefined && part('limit', limit / scale),
    )
  return [button ?? label, bar]
}

function part(look: string, share: number): HTMLElement {
  const made = el('span', { class: look })
  made.style.setProperty('--share', String(share))
  return made
}
