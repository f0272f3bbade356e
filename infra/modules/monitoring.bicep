// What an operator looks at: a workbook on the audit line, and two alerts. The queries are in operator.kql.
param suffix string
param location string
param tags { *: string }
@description('Resource id of Application Insights.')
param insightsId string
@description('Where alerts go. Empty: they are in the portal only.')
param alertEmail string

// The file starts with a comment on itself.
var sections = map(
  skip(split(replace(loadTextContent('operator.kql'), '\r', ''), '\n\n// '), 1),
  section => {
    title: split(section, '\n')[0]
    query: join(skip(split(section, '\n'), 1), '\n')
  }
)
var lines = first(sections)!.query
var questions = filter(skip(sections, 1), section => !startsWith(section.title, 'Alert: '))
var alerts = filter(sections, section => startsWith(section.title, 'Alert: '))

resource workbook 'Microsoft.Insights/workbooks@2023-06-01' = {
  name: guid(insightsId, 'operator')
  location: location
  tags: tags
  kind: 'shared'
  properties: {
    displayName: 'MCP servers'
    category: 'workbook'
    sourceId: insightsId
    serializedData: string({
      version: 'Notebook/1.0'
      fallbackResourceIds: [insightsId]
      items: concat(
        [
          {
            type: 9
            name: 'parameters'
            content: {
              version: 'KqlParameterItem/1.0'
              parameters: [
                {
                  version: 'KqlParameterItem/1.0'
                  name: 'period'
                  label: 'Period'
                  type: 4
                  isRequired: true
                  typeSettings: { selectableValues: [{ durationMs: 3600000 }, { durationMs: 86400000 }, { durationMs: 604800000 }, { durationMs: 2592000000 }] }
                  value: { durationMs: 86400000 }
                }
              ]
            }
          }
        ],
        map(questions, question => {
          type: 3
          name: question.title
          content: {
            version: 'KqlItem/1.0'
            title: question.title
            query: '${lines}\n${question.query}'
            queryType: 0
            resourceType: 'microsoft.insights/components'
            timeContextFromParameter: 'period'
            visualization: startsWith(question.title, 'Latency') ? 'timechart' : 'table'
          }
        })
      )
    })
  }
}

resource people 'Microsoft.Insights/actionGroups@2023-01-01' = if (!empty(alertEmail)) {
  name: 'ag-mcp-${suffix}'
  location: 'global'
  tags: tags
  properties: {
    enabled: true
    groupShortName: 'mcp'
    emailReceivers: [{ name: 'operator', emailAddress: alertEmail, useCommonAlertSchema: true }]
  }
}

resource alertRules 'Microsoft.Insights/scheduledQueryRules@2023-12-01' = [
  for (alert, index) in alerts: {
    name: 'alert-mcp-${suffix}-${index}'
    location: location
    tags: tags
    kind: 'LogAlert'
    properties: {
      displayName: 'MCP servers: ${substring(alert.title, 7)}'
      enabled: true
      severity: 1
      scopes: [insightsId]
      evaluationFrequency: 'PT5M'
      // Longer than the frequency: lines come a few minutes late.
      windowSize: 'PT15M'
      autoMitigate: true
      criteria: {
        allOf: [
          {
            query: '${lines}\n${alert.query}'
            timeAggregation: 'Count'
            operator: 'GreaterThan'
            threshold: 0
            failingPeriods: { numberOfEvaluationPeriods: 1, minFailingPeriodsToAlert: 1 }
          }
        ]
      }
      actions: { actionGroups: empty(alertEmail) ? [] : [people.id] }
    }
  }
]
