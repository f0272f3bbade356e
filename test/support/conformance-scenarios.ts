/** Every scenario of the conformance suite for servers and for authorization servers: those that have to pass and, for what is left out, why. */

const noStream = 'answers are JSON, whole: nothing is sent before the result'
const noQuestions = 'tools here ask the person nothing while they run'
const noSubscriptions = 'an open stream would hold an invocation of Azure Functions'
const noResources = 'no resources'
const noPrompts = 'no prompts'
const textOnly = 'a tool here answers structured data, and its text'
const noExtension = 'an extension that is not announced'
const noSession = 'stateless by design: there is no session'

type Scenarios = readonly {
  names: string[]
  /** Why all of them are left out. */
  leftOut?: string
  /** Why single checks are. */
  without?: Record<string, string>
}[]

/** Of authorization servers. */
export const authorizationScenarios: Scenarios = [
  { names: ['authorization-server-metadata-endpoint', 'authorization-code-grant'] },
]

export const scenarios: Scenarios = [
  {
    names: [
      'server-initialize',
      'ping',
      'tools-list',
      'tools-call-simple-text',
      'tools-call-error',
      'dns-rebinding-protection',
      'http-header-validation',
      'input-required-result-unsupported-methods',
    ],
  },
  {
    names: ['server-stateless'],
    without: {
      'sep-2575-server-rejects-undeclared-capability': noQuestions,
      'sep-2575-missing-capability-http-400': noQuestions,
      'sep-2575-http-server-no-independent-requests-on-stream': noStream,
      'sep-2575-server-no-log-without-loglevel': noStream,
      'sep-2575-server-sends-subscription-ack': noSubscriptions,
      'sep-2575-server-tags-subscription-id': noSubscriptions,
    },
  },
  {
    names: ['caching'],
    without: {
      'sep-2549-prompts-list-caching-hints': noPrompts,
      'sep-2549-resources-list-caching-hints': noResources,
      'sep-2549-resources-templates-list-caching-hints': noResources,
    },
  },
  {
    names: ['server-sse-multiple-streams'],
    without: { 'server-sse-multiple-streams-session': noSession },
  },
  { names: ['server-session-lifecycle'], leftOut: noSession },
  { names: ['server-sse-polling', 'tools-call-with-progress'], leftOut: noStream },
  { names: ['logging-set-level', 'tools-call-with-logging'], leftOut: noStream },
  {
    names: [
      'tools-call-image',
      'tools-call-audio',
      'tools-call-embedded-resource',
      'tools-call-mixed-content',
    ],
    leftOut: textOnly,
  },
  {
    names: [
      'tools-call-sampling',
      'tools-call-elicitation',
      'elicitation-sep1034-defaults',
      'elicitation-sep1330-enums',
      'input-required-result-basic-elicitation',
      'input-required-result-basic-sampling',
      'input-required-result-basic-list-roots',
      'input-required-result-request-state',
      'input-required-result-multiple-input-requests',
      'input-required-result-multi-round',
      'input-required-result-missing-input-response',
      'input-required-result-non-tool-request',
      'input-required-result-result-type',
      'input-required-result-tampered-state',
      'input-required-result-capability-check',
      'input-required-result-ignore-extra-params',
      'input-required-result-validate-input',
    ],
    leftOut: noQuestions,
  },
  {
    names: [
      'resources-list',
      'resources-read-text',
      'resources-read-binary',
      'resources-templates-read',
      'resources-subscribe',
      'resources-unsubscribe',
      'sep-2164-resource-not-found',
    ],
    leftOut: noResources,
  },
  {
    names: [
      'prompts-list',
      'prompts-get-simple',
      'prompts-get-with-args',
      'prompts-get-embedded-resource',
      'prompts-get-with-image',
      'completion-complete',
    ],
    leftOut: noPrompts,
  },
  { names: ['json-schema-2020-12'], leftOut: 'wants allOf and anyOf, which some clients refuse' },
  { names: ['http-custom-header-server-validation'], leftOut: 'no argument travels as a header' },
  {
    names: [
      'tasks-lifecycle',
      'tasks-capability-negotiation',
      'tasks-wire-fields',
      'tasks-request-state-removal',
      'tasks-mrtr-input',
      'tasks-request-headers',
      'tasks-dispatch-and-envelope',
      'tasks-status-notifications',
      'tasks-required-task-error',
      'tasks-mrtr-composition',
      'sep-2640-skills-directory',
      'sep-2640-skills-enumeration',
      'sep-2640-skills-manifest',
    ],
    leftOut: noExtension,
  },
]
