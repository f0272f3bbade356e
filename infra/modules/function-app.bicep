// The function app on Flex Consumption, and App Service Authentication in front of it for people in browsers only:
// callers' tokens on the excluded paths are the app's own to judge, and so are the challenges.
param name string
param location string
param tags { *: string }
param identityId string
param subnetId string
param deploymentContainerUrl string
param apiClientId string
param issuer string
@description('Keeps the sessions of people who sign in with App Service Authentication.')
param tokenStore bool
@description('The app settings.')
param settings { *: string }

resource plan 'Microsoft.Web/serverfarms@2024-04-01' = {
  name: 'plan-${name}'
  location: location
  tags: tags
  kind: 'functionapp'
  sku: { name: 'FC1', tier: 'FlexConsumption' }
  properties: { reserved: true }
}

resource app 'Microsoft.Web/sites@2024-04-01' = {
  name: name
  location: location
  tags: union(tags, { 'azd-service-name': 'mcp' })
  kind: 'functionapp,linux'
  identity: {
    type: 'UserAssigned'
    userAssignedIdentities: { '${identityId}': {} }
  }
  properties: {
    serverFarmId: plan.id
    httpsOnly: true
    keyVaultReferenceIdentity: identityId
    virtualNetworkSubnetId: empty(subnetId) ? null : subnetId
    functionAppConfig: {
      deployment: {
        storage: {
          type: 'blobContainer'
          value: deploymentContainerUrl
          authentication: {
            type: 'UserAssignedIdentity'
            userAssignedIdentityResourceId: identityId
          }
        }
      }
      runtime: { name: 'node', version: '24' }
      scaleAndConcurrency: { instanceMemoryMB: 2048, maximumInstanceCount: 40 }
    }
    // All that Flex takes here: the rest of siteConfig it refuses or ignores.
    siteConfig: { minTlsVersion: '1.2' }
  }
}

resource appSettings 'Microsoft.Web/sites/config@2024-04-01' = {
  parent: app
  name: 'appsettings'
  properties: union(settings, {
    // Bytes: the host refuses a larger body before it reaches the app, which itself takes 1 MiB.
    FUNCTIONS_REQUEST_BODY_SIZE_LIMIT: '2097152'
  })
}

resource authentication 'Microsoft.Web/sites/config@2024-04-01' = {
  parent: app
  name: 'authsettingsV2'
  properties: {
    platform: { enabled: true }
    globalValidation: {
      requireAuthentication: false
      unauthenticatedClientAction: 'AllowAnonymous'
      excludedPaths: ['/', '/mcp/*', '/oauth/*', '/consent/*', '/token-cache/*', '/.well-known/*', '/healthz']
    }
    httpSettings: { requireHttps: true }
    identityProviders: {
      azureActiveDirectory: {
        enabled: true
        registration: {
          openIdIssuer: issuer
          clientId: apiClientId
          // Names the setting with the managed identity's client id: a federated credential, no secret.
          clientSecretSettingName: 'OVERRIDE_USE_MI_FIC_ASSERTION_CLIENTID'
        }
      }
    }
    login: { tokenStore: { enabled: tokenStore } }
  }
  // It looks for the setting that it is told of.
  dependsOn: [appSettings]
}

resource noFtpPassword 'Microsoft.Web/sites/basicPublishingCredentialsPolicies@2024-04-01' = {
  parent: app
  name: 'ftp'
  properties: { allow: false }
}

resource noScmPassword 'Microsoft.Web/sites/basicPublishingCredentialsPolicies@2024-04-01' = {
  parent: app
  name: 'scm'
  properties: { allow: false }
}

output id string = app.id
