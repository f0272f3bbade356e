/**
 * Runs one function like the Node worker: through the programming model of `@azure/functions`, which converts requests
 * and responses.
 */
import { randomUUID } from 'node:crypto'
import { programmingModel } from './core-module.ts'
import type { HttpFunction } from './routing.ts'
import type { Log, RpcRequest, RpcResponse } from './rpc.ts'

/**
 * The function's converted response; undefined when it returned nothing, which the host answers with 204.
 * @throws what the function throws; an Error after `timeoutMs`
 */
export async function invoke(
  { metadata, trigger, callback }: HttpFunction,
  request: RpcRequest,
  { timeoutMs, log }: { timeoutMs: number; log: Log },
): Promise<RpcResponse | undefined> {
  const invocation = programmingModel().getInvocationModel({
    invocationId: randomUUID(),
    metadata,
    request: { inputData: [{ name: trigger, data: { http: request } }] },
    log: (level, _category, message) => log(level, `${metadata.name}: ${message}`),
  })
  const run = async () => {
    const { context, inputs } = await invocation.getArguments()
    const result = await invocation.invokeFunction(context, inputs, callback)
    return invocation.getResponse(context, result)
  }
  const { returnValue } = await within(timeoutMs, run())
  return returnValue?.http
}

async function within<Result>(timeoutMs: number, work: Promise<Result>): Promise<Result> {
  const late = Promise.withResolvers<never>()
  const timer = setTimeout(
    () => late.reject(new Error(`no answer within ${timeoutMs} ms`)),
    timeoutMs,
  )
  try {
    return await Promise.race([work, late.promise])
  } finally {
    clearTimeout(timer)
  }
}
