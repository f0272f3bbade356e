/**
 * Provides `@azure/functions-core`, the module that exists only inside the Functions worker: without it
 * `@azure/functions` is in a test mode and registers nothing. Collects what an app registers while it loads.
 */
import { Module } from 'node:module'
import type {
  Callback,
  FunctionMetadata,
  HookCallback,
  Log,
  LogLevel,
  ProgrammingModel,
} from './rpc.ts'

export type Registration = { metadata: FunctionMetadata; callback: Callback }

export type FunctionApp = {
  functions: Registration[]
  hooks: { name: string; callback: HookCallback }[]
}

/**
 * Runs `load` and returns what it registered. One app loads at a time, since the library has one core module per
 * process. Modules imported earlier do not register again.
 */
export function collectApp(load: () => Promise<unknown>, log: Log): Promise<FunctionApp> {
  const app = previous.then(() => collect(load, log))
  previous = app.catch(() => undefined)
  return app
}

/** The model of the copy of `@azure/functions` that registered last, as in the worker. */
export function programmingModel(): ProgrammingModel {
  if (!model) throw new Error('@azure/functions has not been loaded')
  return model
}

let previous: Promise<unknown> = Promise.resolve()
let loading: FunctionApp | undefined
let write: Log = () => undefined
let model: ProgrammingModel | undefined

async function collect(load: () => Promise<unknown>, log: Log): Promise<FunctionApp> {
  const app: FunctionApp = { functions: [], hooks: [] }
  loading = app
  write = log
  try {
    await load()
    await endSetup()
  } finally {
    loading = undefined
  }
  return app
}

/** Like the worker: `app.setup` throws from now on. */
async function endSetup(): Promise<void> {
  const capabilities = await model?.getCapabilities({})
  if (capabilities?.HttpUri) throw new Error('enableHttpStream: this host serves classic mode only')
}

function duringStart(what: string) {
  if (!loading) throw new Error(`${what} can only be registered while the app starts`)
  return loading
}

const core = {
  version: '4.0.0',
  hostVersion: '4.1037.0',

  registerFunction(metadata: FunctionMetadata, callback: Callback) {
    const { functions } = duringStart(`Function "${metadata.name}"`)
    const registration = { metadata, callback }
    functions.push(registration)
    return { dispose: () => remove(functions, registration) }
  },

  registerHook(name: string, callback: HookCallback) {
    const { hooks } = duringStart(`Hook "${name}"`)
    if (name !== 'appStart' && name !== 'appTerminate') {
      write('warning', `Hooks of kind "${name}" do not run on the local host.`)
    }
    const hook = { name, callback }
    hooks.push(hook)
    return { dispose: () => remove(hooks, hook) }
  },

  setProgrammingModel(registered: ProgrammingModel) {
    model = registered
  },

  getProgrammingModel: programmingModel,

  log(level: LogLevel, _category: string, message: string) {
    write(level, message)
  },
}

function remove<Item>(items: Item[], item: Item): void {
  const index = items.indexOf(item)
  if (index >= 0) items.splice(index, 1)
}

// Like the worker. A loader hook cannot pass a live object. Every load of a CommonJS module, including a bundle's
// `createRequire`, calls this method.
const { require: originalRequire } = Module.prototype
Module.prototype.require = Object.assign(function (this: Module, id: string) {
  return id === '@azure/functions-core' ? core : originalRequire.call(this, id)
}, originalRequire)
