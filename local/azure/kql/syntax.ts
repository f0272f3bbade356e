/** A parsed query. */

export type Query = { table: string; steps: Step[] }

export type Step =
  | { kind: 'where'; condition: Expression }
  | { kind: 'project' | 'extend'; columns: NamedExpression[] }
  | { kind: 'summarize'; aggregates: Aggregate[]; by: NamedExpression[] }
  | { kind: 'order'; by: { expression: Expression; descending: boolean }[] }
  | { kind: 'take'; rows: number }
  | { kind: 'distinct'; columns: NamedExpression[] }
  | { kind: 'count' }

export type NamedExpression = { name: string; expression: Expression }

export type Aggregate =
  | { name: string; function: 'count' }
  | { name: string; function: 'sum'; of: Expression }

export type Expression =
  | { kind: 'literal'; value: string | number | boolean }
  /** `properties.sku.name`, `tags['cost center']` */
  | { kind: 'column'; path: string[] }
  | { kind: 'call'; function: string; argument: Expression }
  | { kind: 'comparison'; operator: string; left: Expression; right: Expression }
  | { kind: 'membership'; operator: string; left: Expression; values: Expression[] }
  | { kind: 'and' | 'or'; parts: Expression[] }
  | { kind: 'not'; part: Expression }
