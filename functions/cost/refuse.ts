/** Arguments that no schema can judge by themselves are refused as the schema refuses: before anything is spent. */
import { Failure } from '../../shared/failure.ts'

export const refuse = (problem: string): never => {
  throw new Failure({ reason: 'arguments_refused', problems: [problem] })
}
