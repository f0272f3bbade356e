/** Refuses arguments that no schema can judge by themselves, as a schema would. */
import { Failure } from '../../shared/failure.ts'

/** @throws Failure `arguments_refused` */
export function refuse(problem: string): never {
  throw new Failure({ reason: 'arguments_refused', problems: [problem] })
}
