/** Actual costs of a month and those that Azure expects: one line, dashed where it is a forecast. */
import { lineChart } from '../lines.ts'
import { daysOf, sumOf } from '../numbers.ts'
import type { Forecast } from '../results.ts'
import { dayTable } from '../table.ts'
import type { Stage, View } from './view.ts'

const said = { actual: 'spent', forecast: 'expected' }

export function forecastView(forecast: Forecast, { words }: Stage): View {
  const days = daysOf(forecast)
  return {
    title: 'Cost forecast',
    headlines: forecast.totals.map(({ currency, actual, forecast: expected, total }) => ({
      amount: words.money(total, currency),
      note: `${words.money(actual, currency)} spent, ${words.money(expected, currency)} expected`,
    })),
    days: forecast,
    body: forecast.totals.flatMap(({ currency, total }) => {
      const rows = forecast.rows.filter((row) => row.currency === currency)
      const amounts = (status: 'actual' | 'forecast') => {
        const own = rows.filter((row) => row.status === status)
        const byDay = Map.groupBy(own, ({ date }) => date)
        return days.map((day) => {
          const found = byDay.get(day)
          return found && sumOf(found, ({ cost }) => cost)
        })
      }
      const [actual, expected] = [amounts('actual'), amounts('forecast')]
      const begin = expected.findIndex((amount) => amount !== undefined)
      const money = (amount: number) => words.money(amount, currency)
      return [
        lineChart({
          days,
          series: [
            { look: 'look-1', values: actual, isArea: true },
            // Starts at the last actual day, so that the line has no gap.
            {
              look: 'expected',
              values: expected.map((amount, index) =>
                index === begin - 1 ? (amount ?? actual[index]) : amount,
              ),
            },
          ],
          mark: begin > 0 ? { at: begin, label: 'expected' } : undefined,
          summary: `A line of the costs of ${days.length} days, dashed where Azure expects them; the table below has the figures.`,
          dayOf: words.day,
          amountOf: (amount) => words.short(amount, currency),
          sayDay: (day) =>
            [
              words.day(day),
              ...rows
                .filter(({ date }) => date === day)
                .map(({ cost, status }) => `${money(cost)} ${said[status]}`),
            ].join('\n'),
        }),
        dayTable({
          caption: `Forecast by day${currency && `, ${currency}`}`,
          columns: ['Day', 'Cost', 'Status'],
          rows: rows.map(({ date, cost, status }) => ({
            day: words.day(date),
            cells: [money(cost), said[status]],
          })),
          foot: ['Total', money(total), ''],
        }),
      ]
    }),
    notes: [
      ...(forecast.rows.length === 0 ? ['There are no earlier costs to forecast from.'] : []),
      ...(forecast.partial ? [forecast.partial] : []),
    ],
    hidden: 0,
  }
}
