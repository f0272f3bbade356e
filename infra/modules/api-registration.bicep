// The app registration that is the API: what callers' tokens are for, and what exchanges them On-Behalf-Of. Scopes and
// roles come from permissions.json. It is no client: clients have their own registration (AADSTS90009).
extension microsoftGraphV1

param uniqueName string
param displayName string
@description('Identifier URI that every tenant accepts.')
param appIdUri string
@description('Origins whose endpoint URLs are identifier URIs.')
param endpointOrigins string[]
@description('Origins that a browser may be sent back to.')
param redirectOrigins string[]
param preAuthorizedClients string[]
param appRoleAssignmentRequired bool
@description('People sign in with App Service Authentication, too.')
param tokenStore bool
param serviceManagementReference string
@description('v2.0 issuer of the tenant, which signs the tokens of the managed identity as well.')
param issuer string
@description('Audience of a federated credential in this cloud.')
param tokenExchange string
param identityPrincipalId string

var permissions = loadJsonContent('../permissions.json')
var userScopes = filter(permissions.scopes, scope => scope.consent == 'user')
var endpointUrls = map(endpointOrigins, origin => map(permissions.endpoints, endpoint => '${origin}/mcp/${endpoint.name}'))
var accessRole = {
  id: guid(uniqueName, 'access')
  value: 'Mcp.Access'
  title: 'MCP access'
  description: 'May use the MCP servers, where the API demands an assignment.'
}

resource api 'Microsoft.Graph/applications@v1.0' = {
  uniqueName: uniqueName
  displayName: displayName
  signInAudience: 'AzureADMyOrg'
  serviceManagementReference: empty(serviceManagementReference) ? null : serviceManagementReference
  identifierUris: concat([appIdUri], flatten(endpointUrls))
  api: {
    requestedAccessTokenVersion: 2
    oauth2PermissionScopes: [
      for scope in permissions.scopes: {
        id: scope.id
        value: scope.value
        type: scope.consent == 'user' ? 'User' : 'Admin'
        adminConsentDisplayName: scope.title
        adminConsentDescription: scope.description
        userConsentDisplayName: scope.title
        userConsentDescription: scope.description
        isEnabled: true
      }
    ]
    // Scopes for administrators stay out: users are not asked for what is pre-authorized.
    preAuthorizedApplications: [
      for client in preAuthorizedClients: {
        appId: client
        delegatedPermissionIds: map(userScopes, scope => scope.id)
      }
    ]
  }
  // An API that has roles can be assigned by one of them only, so there is one that means no more than access.
  appRoles: [
    for role in concat([accessRole], permissions.appRoles): {
      id: role.id
      value: role.value
      displayName: role.title
      description: role.description
      allowedMemberTypes: ['User']
      isEnabled: true
    }
  ]
  optionalClaims: {
    accessToken: [
      { name: 'xms_cc' }
      { name: 'idtyp' }
      { name: 'acrs' }
      { name: 'acct' }
    ]
  }
  requiredResourceAccess: [
    for target in filter(permissions.downstream, target => !empty(target.appId)): {
      resourceAppId: target.appId
      resourceAccess: map(target.scopes, scope => { id: scope.id, type: 'Scope' })
    }
  ]
  web: {
    redirectUris: concat(
      map(redirectOrigins, origin => '${origin}/consent/callback'),
      tokenStore ? map(redirectOrigins, origin => '${origin}/.auth/login/aad/callback') : []
    )
    // App Service Authentication signs people in with the hybrid flow.
    implicitGrantSettings: {
      enableIdTokenIssuance: tokenStore
      enableAccessTokenIssuance: false
    }
  }
}

resource apiPrincipal 'Microsoft.Graph/servicePrincipals@v1.0' = {
  appId: api.appId
  appRoleAssignmentRequired: appRoleAssignmentRequired
}

resource credential 'Microsoft.Graph/applications/federatedIdentityCredentials@v1.0' = {
  name: '${api.uniqueName}/function-app'
  description: 'The function app, by its managed identity'
  audiences: [tokenExchange]
  issuer: issuer
  subject: identityPrincipalId
}

// Of the service principal: a module that waits for it can rely on both.
output clientId string = apiPrincipal.appId
