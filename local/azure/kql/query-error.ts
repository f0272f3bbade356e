/** Why Resource Graph refuses a query, by its own codes. resource-graph.ts writes the answer. */

export type QueryProblem =
  /** Azure/aztfexport#485 */
  | { code: 'ParserFailure'; position: number; token: string; expectedToken?: string }
  /** An unsupported operator or function: Azure/azure-powershell#13762. */
  | { code: 'InvalidQueryLanguage'; token: string }
  | { code: 'DisallowedLogicalTableName'; token: string }
  /** A column that does not exist. The details beside InvalidQuery were not captured. */
  | { code: 'InvalidQuery'; token: string }

export class QueryError extends Error {
  override readonly name = 'QueryError'
  readonly problem: QueryProblem

  constructor(problem: QueryProblem) {
    super(`${problem.code}: ${problem.token}`)
    this.problem = problem
  }
}
