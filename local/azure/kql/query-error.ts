/** Why Resource Graph does not run a query, in its own codes. How that is written stands in resource-graph.ts. */

export type QueryProblem =
  /** Azure/aztfexport#485 */
  | { code: 'ParserFailure'; position: number; token: string; expectedToken?: string }
  /** An operator or function outside the language it speaks: Azure/azure-powershell#13762. */
  | { code: 'InvalidQueryLanguage'; token: string }
  | { code: 'DisallowedLogicalTableName'; token: string }
  /** A column that does not exist. What Azure says beside InvalidQuery is not known for sure. */
  | { code: 'InvalidQuery'; token: string }

export class QueryError extends Error {
  override readonly name = 'QueryError'
  readonly problem: QueryProblem

  constructor(problem: QueryProblem) {
    super(`${problem.code}: ${problem.token}`)
    this.problem = problem
  }
}
