// The whole deployment, into one resource group: the app registrations in Entra, the function app and what it stands
// on. Names and hosts are fixed here before anything exists, so that redirect URIs need no second run.
targetScope = 'resourceGroup'

@description('Name of the azd environment; it stands in the names of the app registrations.')
@minLength(1)
@maxLength(64)
param environmentName string

@description('Region; it has to offer Flex Consumption.')
param location string

@description('Host that clients use, for instance mcp.contoso.com, bound to the function app by hand. Empty: the default host.')
param customDomain string

@description('For tenants that allow identifier URIs on the default host: registers its endpoint URLs too.')
param registerDefaultHost bool

@description('Client ids, comma-separated, whose users are not asked to consent to this API. Visual Studio Code by default.')
param preAuthorizedClients string

@description('Client ids, comma-separated, that may call beside the pre-authorized ones and that of "MCP clients".')
param allowedClients string

@description('Who signs people in for clients that have no registration in the tenant. server: this app, in front of Entra. entra: no one, so each client needs a registration.')
@allowed(['server', 'entra'])
param authorization string

@description('Origins of web pages that may call, comma-separated, for instance https://make.powerautomate.com. Empty: only the app’s own.')
param allowedOrigins string

@description('Id of the authentication context (c1 to c99) that tools with a step-up ask for. Empty: none is asked for.')
param stepUpAuthContext string

@description('Only users and groups that are assigned to the API get tokens for it.')
param appRoleAssignmentRequired bool

@description('Guests of the tenant may not call.')
param refuseGuests bool

@description('App Service Authentication keeps the sessions and tokens of people who sign in on its own page, /.auth/login/aad. Nothing here uses them.')
param tokenStore bool

@description('Daily cap of the workspace in GB; what exceeds it is lost. -1: no limit.')
param logDailyCapGb int

@description('Mail address that alerts are sent to. Empty: they are in the portal only.')
param alertEmail string

@description('Id of the service in the tenant\'s service catalogue, where the tenant demands one of app registrations.')
param serviceManagementReference string

@description('Id of a subnet delegated to Microsoft.App/environments, with service endpoints for Microsoft.Storage and Microsoft.KeyVault. If set, storage and vault answer to that subnet only.')
param subnetId string

@description('Base URLs of the APIs behind the tools, by app setting; those that follow from the cloud are in permissions.json.')
param downstreamBaseUrls { *: string }

type Cloud = {
  name: string
  resourceManager: string
  authentication: { loginEndpoint: string }
}

@description('The cloud that is deployed to. Only snapshots (infra/scenarios) set another.')
param cloud Cloud = environment()

// environment() knows neither these hosts nor these audiences.
var clouds = {
  AzureCloud: {
    appHosts: 'azurewebsites.net'
    tokenExchange: 'api://AzureADTokenExchange'
  }
  AzureUSGovernment: {
    appHosts: 'azurewebsites.us'
    tokenExchange: 'api://AzureADTokenExchangeUSGov'
  }
  AzureChinaCloud: {
    appHosts: 'chinacloudsites.cn'
    tokenExchange: 'api://AzureADTokenExchangeChina'
  }
}
var hosts = clouds[cloud.name]
var permissions = loadJsonContent('permissions.json')
var issuer = '${cloud.authentication.loginEndpoint}${tenant().tenantId}/v2.0'

var suffix = uniqueString(resourceGroup().id, environmentName)
var functionAppName = 'func-mcp-${suffix}'
var defaultOrigin = 'https://${functionAppName}.${hosts.appHosts}'
var customOrigins = empty(customDomain) ? [] : ['https://${customDomain}']
var publicBaseUrl = empty(customDomain) ? defaultOrigin : 'https://${customDomain}'
// The tenant's id in it satisfies tenants that refuse any other api:// URI.
var appIdUri = 'api://${tenant().tenantId}/mcp-${suffix}'
var preAuthorized = split(replace(preAuthorizedClients, ' ', ''), ',')
var alsoAllowed = split(replace(allowedClients, ' ', ''), ',')
var knownClients = join(filter(union(preAuthorized, alsoAllowed), client => !empty(client)), ',')
var hasServer = authorization == 'server'
var urlsAreIdentifierUris = !empty(customDomain) || registerDefaultHost
var tags = { 'azd-env-name': environmentName }

resource identity 'Microsoft.ManagedIdentity/userAssignedIdentities@2023-01-31' = {
  name: 'id-mcp-${suffix}'
  location: location
  tags: tags
}

module signIn 'modules/sign-in-registration.bicep' = if (hasServer) {
  params: {
    uniqueName: 'mcp-signin-${suffix}'
    displayName: 'MCP sign-in (${environmentName})'
    redirectOrigins: concat(customOrigins, [defaultOrigin])
    serviceManagementReference: serviceManagementReference
    issuer: issuer
    tokenExchange: hosts.tokenExchange
    identityPrincipalId: identity.properties.principalId
  }
}

var signInClients = hasServer ? [signIn!.outputs.clientId] : []

module api 'modules/api-registration.bicep' = {
  params: {
    uniqueName: 'mcp-api-${suffix}'
    displayName: 'MCP servers (${environmentName})'
    appIdUri: appIdUri
    endpointOrigins: concat(customOrigins, registerDefaultHost ? [defaultOrigin] : [])
    redirectOrigins: concat(customOrigins, [defaultOrigin])
    preAuthorizedClients: concat(filter(preAuthorized, client => !empty(client)), signInClients)
    appRoleAssignmentRequired: appRoleAssignmentRequired
    tokenStore: tokenStore
    serviceManagementReference: serviceManagementReference
    issuer: issuer
    tokenExchange: hosts.tokenExchange
    identityPrincipalId: identity.properties.principalId
  }
}

module clients 'modules/client-registration.bicep' = {
  params: {
    uniqueName: 'mcp-clients-${suffix}'
    displayName: 'MCP clients (${environmentName})'
    apiClientId: api.outputs.clientId
    serviceManagementReference: serviceManagementReference
  }
}

module observability 'modules/observability.bicep' = {
  params: {
    suffix: suffix
    location: location
    tags: tags
    identityPrincipalId: identity.properties.principalId
    dailyCapGb: logDailyCapGb
  }
}

module monitoring 'modules/monitoring.bicep' = {
  params: {
    suffix: suffix
    location: location
    tags: tags
    insightsId: observability.outputs.insightsId
    alertEmail: alertEmail
  }
}

module storage 'modules/storage.bicep' = {
  params: {
    suffix: suffix
    location: location
    tags: tags
    identityPrincipalId: identity.properties.principalId
    subnetId: subnetId
    workspaceId: observability.outputs.workspaceId
  }
}

module vault 'modules/vault.bicep' = {
  params: {
    suffix: suffix
    location: location
    tags: tags
    identityPrincipalId: identity.properties.principalId
    subnetId: subnetId
    workspaceId: observability.outputs.workspaceId
  }
}

module functionApp 'modules/function-app.bicep' = {
  params: {
    name: functionAppName
    location: location
    tags: tags
    identityId: identity.id
    subnetId: subnetId
    deploymentContainerUrl: storage.outputs.deploymentContainerUrl
    apiClientId: api.outputs.clientId
    issuer: issuer
    tokenStore: tokenStore
    settings: union(downstreamBaseUrls, permissions.baseUrls[cloud.name], {
      // The host's own storage, by identity: keys are off.
      AzureWebJobsStorage__credential: 'managedidentity'
      AzureWebJobsStorage__clientId: identity.properties.clientId
      AzureWebJobsStorage__blobServiceUri: storage.outputs.blobUrl
      AzureWebJobsStorage__tableServiceUri: storage.outputs.tableUrl
      APPLICATIONINSIGHTS_CONNECTION_STRING: observability.outputs.ingestion
      APPLICATIONINSIGHTS_AUTHENTICATION_STRING: 'ClientId=${identity.properties.clientId};Authorization=AAD'
      // App Service Authentication proves itself with the identity too; it reads the setting that it is told of.
      OVERRIDE_USE_MI_FIC_ASSERTION_CLIENTID: identity.properties.clientId
      ENTRA_TENANT_ID: tenant().tenantId
      ENTRA_CLIENT_ID: api.outputs.clientId
      ENTRA_AUTHORITY_HOST: cloud.authentication.loginEndpoint
      ENTRA_MANAGED_IDENTITY_CLIENT_ID: identity.properties.clientId
      ENTRA_APP_ID_URI: urlsAreIdentifierUris ? '' : appIdUri
      // Never empty: that would be any client of the tenant.
      ENTRA_ALLOWED_CLIENTS: '${clients.outputs.clientId},${knownClients}'
      OAUTH_CLIENT_ID: hasServer ? signIn!.outputs.clientId : ''
      ENTRA_GUESTS: refuseGuests ? 'refused' : 'allowed'
      ALLOWED_ORIGINS: allowedOrigins
      STEP_UP_AUTH_CONTEXT: stepUpAuthContext
      PUBLIC_BASE_URL: publicBaseUrl
      TOKEN_CACHE_TABLES_URL: storage.outputs.tableUrl
      ENCRYPTION_KEYS: '@Microsoft.KeyVault(SecretUri=${vault.outputs.cacheKeysUri})'
    })
  }
}

output AZURE_TENANT_ID string = tenant().tenantId
output RESOURCE_MANAGER string = cloud.resourceManager
output AUTHORITY_HOST string = cloud.authentication.loginEndpoint
output PUBLIC_BASE_URL string = publicBaseUrl
output APP_ID_URI string = urlsAreIdentifierUris ? '' : appIdUri
output API_CLIENT_ID string = api.outputs.clientId
output CLIENTS_CLIENT_ID string = clients.outputs.clientId
output FUNCTION_APP_ID string = functionApp.outputs.id
output VAULT_ID string = vault.outputs.id
