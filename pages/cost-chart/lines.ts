/**
 * Lines over days, drawn as SVG in the available width. Series differ by dashes and legend, not only by colour. For a
 * screen reader the picture is one sentence; the table below has the figures.
 */
import { el, svg } from './dom.ts'

export type Series = {
  /** A class in style.css. */
  look: string | undefined
  /** One for each day; undefined: no value. */
  values: readonly (number | undefined)[]
  /** Whether the area below is filled. */
  isArea?: boolean
}

export type LineChart = {
  /** `YYYY-MM-DD`, in order, without gaps. */
  days: readonly string[]
  series: readonly Series[]
  /** The index of a day that begins a new phase, and its label. */
  mark?: { at: number; label: string } | undefined
  summary: string
  dayOf: (day: string) => string
  amountOf: (amount: number) => string
  /** The tooltip of a day. */
  sayDay: (day: string) => string
}

const height = 220
const top = 22
const bottom = 26

/** Redraws when its width changes. */
export function lineChart(chart: LineChart): HTMLElement {
  const figure = el('div', { class: 'lines' })
  let drawn = 0
  new ResizeObserver(([entry]) => {
    const width = Math.floor(entry?.contentRect.width ?? 0)
    if (width === 0 || width === drawn) return
    drawn = width
    figure.replaceChildren(draw(chart, width))
  }).observe(figure)
  return figure
}

function draw(chart: LineChart, width: number): SVGElement {
  const { days, series, mark, summary, dayOf, amountOf, sayDay } = chart
  const values = series.flatMap((each) => each.values.filter((value) => value !== undefined))
  const ticks = ticksFor(Math.min(0, ...values), Math.max(...values, 0))
  const [low = 0, high = 1] = [ticks[0], ticks.at(-1)]
  const labels = ticks.map(amountOf)
  const left = Math.max(...labels.map(({ length }) => length)) * 6.5 + 10
  const right = 12
  const x = (index: number) => left + ((width - left - right) * (index + 0.5)) / days.length
  const y = (value: number) =>
    top + (height - top - bottom) * (1 - (value - low) / (high - low || 1))

  const every = Math.ceil((days.length * 64) / (width - left - right))
  const step = (width - left - right) / days.length
  const isLate = mark !== undefined && width - x(mark.at) < 80
  return svg(
    'svg',
    { width, height, viewBox: `0 0 ${width} ${height}`, role: 'img', 'aria-label': summary },
    ...ticks.map((tick, index) =>
      svg(
        'g',
        { class: tick === 0 ? 'axis' : 'grid' },
        svg('line', { x1: left, x2: width - right, y1: y(tick), y2: y(tick) }),
        svg('text', { x: left - 8, y: y(tick) + 4, class: 'end' }, labels[index]),
      ),
    ),
    ...days.map(
      (day, index) =>
        index % every === 0 &&
        svg('text', { x: x(index), y: height - 6, class: 'middle' }, dayOf(day)),
    ),
    mark &&
      svg(
        'g',
        { class: 'mark' },
        svg('line', {
          ...{ x1: x(mark.at) - step / 2, x2: x(mark.at) - step / 2 },
          ...{ y1: 0, y2: height - bottom },
        }),
        svg(
          'text',
          {
            x: x(mark.at) - step / 2 + (isLate ? -6 : 6),
            y: 10,
            class: isLate ? 'end' : undefined,
          },
          mark.label,
        ),
      ),
    ...series.flatMap(({ look, values: own, isArea }) => {
      const runs = runsOf(own)
      return runs.flatMap(([from, to]) => {
        const points = own
          .slice(from, to + 1)
          .map((value = 0, offset) => `${round(x(from + offset))} ${round(y(value))}`)
        const line = `M${points.join('L')}`
        const base = `L${round(x(to))} ${round(y(0))}L${round(x(from))} ${round(y(0))}Z`
        return [
          isArea && svg('path', { class: `area ${look}`, d: line + base }),
          from === to
            ? svg('circle', { class: `dot ${look}`, cx: x(from), cy: y(own[from] ?? 0), r: 3.5 })
            : svg('path', { class: `line ${look}`, d: line }),
        ]
      })
    }),
    ...days.map((day, index) =>
      svg(
        'rect',
        {
          ...{ class: 'day', x: x(index) - step / 2, y: top, width: step },
          height: height - top - bottom,
        },
        svg('title', {}, sayDay(day)),
      ),
    ),
  )
}

/** First and last index of each stretch without a gap. */
function runsOf(values: readonly (number | undefined)[]): [from: number, to: number][] {
  const runs: [number, number][] = []
  for (const [index, value] of values.entries()) {
    if (value === undefined) continue
    const last = runs.at(-1)
    if (last && last[1] === index - 1) last[1] = index
    else runs.push([index, index])
  }
  return runs
}

/** Three to six round numbers that enclose both. */
function ticksFor(low: number, high: number): number[] {
  const rough = (high - low || 1) / 4
  const power = 10 ** Math.floor(Math.log10(rough))
  const step = power * ([1, 2, 2.5, 5, 10].find((it) => it * power >= rough) ?? 10)
  const [first, last] = [Math.floor(low / step), Math.max(Math.ceil(high / step), 1)]
  return Array.from({ length: last - first + 1 }, (_, index) => (first + index) * step)
}

const round = (value: number) => Math.round(value * 10) / 10
