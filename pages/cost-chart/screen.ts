/** Renders the page for one state: the way back, the title, the chart with its table, and notes. */
import { bdi, el } from './dom.ts'
import { placeOf, type Question } from './question.ts'
import type { Answer } from './results.ts'
import { budgetsView } from './views/budgets.ts'
import { comparisonView } from './views/comparison.ts'
import { costsView } from './views/costs.ts'
import { daysView } from './views/days.ts'
import { forecastView } from './views/forecast.ts'
import type { Stage, View } from './views/view.ts'
import { shownName, type Words } from './words.ts'

export type Shown = {
  words: Words
  /** Names of the groups that were opened; the first one is empty and means all. */
  trail: readonly string[]
  level: { question: Question | undefined; answer: Answer; rows: number } | undefined
  /** Undefined: keyboard focus stays where it is. */
  focus: Focus | undefined
  opener: Stage['opener']
  back: () => void
  showAll: () => void
  loadMore: () => void
}

/** Where keyboard focus goes: the bar of that name, the row of that number, or, without one to press, the heading. */
export type Focus = 'heading' | { bar: string } | { row: number }

/** Progress or an error, in two lines that always exist, so that a screen reader announces changes. */
export type State = { is: 'ready' } | { is: 'waiting' | 'failed'; says: string }

export type Screen = { show: (shown: Shown) => void; tell: (state: State) => void }

export function screenIn(body: HTMLElement): Screen {
  const content = el('div', { class: 'content' })
  const status = el('p', { role: 'status' })
  const alert = el('p', { role: 'alert' })
  const main = el('main', {}, content, status, alert)
  body.append(main)
  return {
    show(shown) {
      const { level, focus } = shown
      content.replaceChildren(...(level ? levelOf(level, shown) : [el('h1', {}, 'Azure costs')]))
      if (focus) placeOfFocus(content, focus)?.focus()
    },
    tell(state) {
      content.setAttribute('aria-busy', String(state.is === 'waiting'))
      status.textContent = state.is === 'waiting' ? state.says : ''
      alert.textContent = state.is === 'failed' ? state.says : ''
    },
  }
}

function placeOfFocus(content: HTMLElement, focus: Focus): HTMLElement | null | undefined {
  const heading = content.querySelector('h1')
  if (focus === 'heading') return heading
  if ('row' in focus) {
    const row = content.querySelectorAll('tbody tr')[focus.row]
    return row?.querySelector('button') ?? heading
  }
  const bars = [...content.querySelectorAll<HTMLElement>('[data-opens]')]
  return bars.find(({ dataset }) => dataset.opens === focus.bar) ?? heading
}

function levelOf(level: NonNullable<Shown['level']>, shown: Shown) {
  const { words, trail, opener, back, showAll, loadMore } = shown
  const { question, answer, rows } = level
  const { title, headlines, days, body, notes, hidden } = viewOf(answer, {
    ...{ words, question, rows, opener },
  })
  const button = (label: string, act: () => void) => {
    const made = el('button', { type: 'button' }, label)
    made.addEventListener('click', act)
    return made
  }
  const hasMore = 'nextPage' in answer && answer.nextPage !== undefined && question !== undefined
  const under = [days && words.days(days), question && placeOf(question.scope)]
  return [
    trail.length > 1 &&
      el(
        'nav',
        { 'aria-label': 'Where you are' },
        button('‹ Back', back),
        el(
          'ol',
          {},
          ...trail.map((name) => el('li', {}, bdi(name === '' ? 'All' : shownName(name).name))),
        ),
      ),
    el('h1', { tabindex: -1 }, title),
    el('p', { class: 'quiet' }, under.filter(Boolean).join(' · ')),
    ...headlines.map(({ amount, note }) =>
      el('p', { class: 'headline' }, el('strong', {}, amount), note && el('span', {}, note)),
    ),
    el('div', { class: 'chart' }, ...body),
    hidden > 0
      ? button(`Show ${words.count(hidden)} more`, showAll)
      : hasMore && button('Load more rows', loadMore),
    ...notes.map((note) => el('p', { class: 'note' }, note)),
    el('p', { class: 'quiet as-of' }, `Azure Cost Management, ${words.time(answer.asOf)}`),
  ].filter((child) => child !== false)
}

function viewOf(answer: Answer, stage: Stage): View {
  switch (answer.kind) {
    case 'costs':
      return answer.rows.some(({ date }) => date !== undefined)
        ? daysView(answer, stage)
        : costsView(answer, stage)
    case 'comparison':
      return comparisonView(answer, stage)
    case 'forecast':
      return forecastView(answer, stage)
    case 'budgets':
      return budgetsView(answer, stage)
  }
}
