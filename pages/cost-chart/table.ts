/** All figures by day, below a line chart, in a box that scrolls. */
import { type Child, el } from './dom.ts'

export function dayTable(options: {
  caption: string
  columns: readonly Child[]
  rows: readonly { day: string; cells: readonly Child[] }[]
  foot: readonly Child[]
}): HTMLElement {
  const { caption, columns, rows, foot } = options
  const number = (cell: Child) => el('td', { class: 'number' }, cell)
  return el(
    'div',
    // Focusable, so that the keyboard can scroll it.
    { class: 'scrolls', tabindex: 0, role: 'region', 'aria-label': caption },
    el(
      'table',
      { class: 'figures' },
      el('caption', {}, caption),
      el(
        'thead',
        {},
        el(
          'tr',
          {},
          ...columns.map((column, index) =>
            el('th', { scope: 'col', class: index > 0 && 'number' }, column),
          ),
        ),
      ),
      el(
        'tbody',
        {},
        ...rows.map(({ day, cells }) =>
          el('tr', {}, el('th', { scope: 'row' }, day), ...cells.map(number)),
        ),
      ),
      el(
        'tfoot',
        {},
        el('tr', {}, el('th', { scope: 'row' }, foot[0]), ...foot.slice(1).map(number)),
      ),
    ),
  )
}
