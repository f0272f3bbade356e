/** Runs a parsed query over rows. The caller passes only the rows that the user may read. */
import { QueryError } from './query-error.ts'
import type { Expression, NamedExpression, Query, Step } from './syntax.ts'
import { compare, lookUp, operations, textOf, type Value } from './values.ts'

export type Row = Readonly<Record<string, Value>>
export type Table = { columns: readonly string[]; rows: readonly Row[] }

/** @throws QueryError for a table or a column that does not exist */
export function evaluate(query: Query, tables: Partial<Record<string, Table>>): Table {
  const table = tables[query.table]
  if (!table) throw new QueryError({ code: 'DisallowedLogicalTableName', token: query.table })
  return query.steps.reduce(run, table)
}

function run(table: Table, step: Step): Table {
  const { columns, rows } = table
  switch (step.kind) {
    case 'where': {
      const condition = bound(step.condition, columns)
      return { columns, rows: rows.filter((row) => condition(row) === true) }
    }
    case 'project':
      return projected(table, step.columns)
    case 'extend': {
      const added = projected(table, step.columns)
      return {
        columns: [...new Set([...columns, ...added.columns])],
        rows: rows.map((row, index) => ({ ...row, ...added.rows[index] })),
      }
    }
    case 'summarize':
      return summarized(table, step)
    case 'order': {
      const keys = step.by.map(({ expression, descending }) => ({
        value: bound(expression, columns),
        sign: descending ? -1 : 1,
      }))
      const byKeys = (a: Row, b: Row) =>
        keys.reduce((found, { value, sign }) => found || sign * compare(value(a), value(b)), 0)
      return { columns, rows: rows.toSorted(byKeys) }
    }
    case 'take':
      return { columns, rows: rows.slice(0, step.rows) }
    case 'distinct': {
      const { columns: kept, rows: all } = projected(table, step.columns)
      return {
        columns: kept,
        rows: [...new Map(all.map((it) => [JSON.stringify(it), it])).values()],
      }
    }
    case 'count':
      return { columns: ['Count'], rows: [{ Count: rows.length }] }
  }
}

function projected({ columns, rows }: Table, named: NamedExpression[]): Table {
  const made = named.map(({ name, expression }) => ({ name, value: bound(expression, columns) }))
  return {
    columns: named.map(({ name }) => name),
    rows: rows.map((row) => Object.fromEntries(made.map(({ name, value }) => [name, value(row)]))),
  }
}

function summarized(table: Table, step: Extract<Step, { kind: 'summarize' }>): Table {
  const keys = projected(table, step.by)
  const groups = new Map<string, { key: Row; rows: Row[] }>()
  for (const [index, row] of table.rows.entries()) {
    const key = keys.rows[index] ?? {}
    const name = JSON.stringify(key)
    const group = groups.get(name) ?? { key, rows: [] }
    group.rows.push(row)
    groups.set(name, group)
  }
  // Without `by` there is one row, even over no rows.
  if (step.by.length === 0 && groups.size === 0) groups.set('', { key: {}, rows: [] })
  const made = step.aggregates.map((it) => {
    const of = it.function === 'sum' ? bound(it.of, table.columns) : () => 1
    const add = (sum: number, row: Row) => sum + (Number(of(row)) || 0)
    return { name: it.name, value: (rows: Row[]) => rows.reduce(add, 0) }
  })
  return {
    columns: [...keys.columns, ...step.aggregates.map(({ name }) => name)],
    rows: [...groups.values()].map(({ key, rows }) => ({
      ...key,
      ...Object.fromEntries(made.map(({ name, value }) => [name, value(rows)])),
    })),
  }
}

/** The expression as a function of a row. Column names are case-sensitive. */
function bound(expression: Expression, columns: readonly string[]): (row: Row) => Value {
  switch (expression.kind) {
    case 'literal':
      return () => expression.value
    case 'column': {
      const { path } = expression
      const [column = ''] = path
      if (!columns.includes(column)) throw new QueryError({ code: 'InvalidQuery', token: column })
      return (row) => lookUp(row, path)
    }
    case 'call': {
      const argument = bound(expression.argument, columns)
      const call = functions[expression.function] ?? textOf
      return (row) => call(argument(row))
    }
    case 'comparison': {
      const [left, right] = [bound(expression.left, columns), bound(expression.right, columns)]
      const holds = operations[expression.operator]
      return (row) => holds?.(left(row), right(row)) ?? false
    }
    case 'membership': {
      const left = bound(expression.left, columns)
      const values = expression.values.map((it) => bound(it, columns))
      const equals = operations[expression.operator.endsWith('~') ? '=~' : '==']
      const negated = expression.operator.startsWith('!')
      return (row) => values.some((it) => equals?.(left(row), it(row)) ?? false) !== negated
    }
    case 'and': {
      const parts = expression.parts.map((it) => bound(it, columns))
      return (row) => parts.every((it) => it(row) === true)
    }
    case 'or': {
      const parts = expression.parts.map((it) => bound(it, columns))
      return (row) => parts.some((it) => it(row) === true)
    }
    case 'not': {
      const part = bound(expression.part, columns)
      return (row) => part(row) !== true
    }
  }
}

const functions: Partial<Record<string, (value: Value) => Value>> = {
  tostring: textOf,
  tolower: (value) => textOf(value).toLowerCase(),
  isempty: (value) => textOf(value) === '',
  isnotempty: (value) => textOf(value) !== '',
}
