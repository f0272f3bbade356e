// The app registration by which the authorization server signs people in at Entra, for clients that have none of their
// own. It proves itself by the function app's managed identity and has no secret. The API pre-authorizes it, so that a
// person is asked once, by this server, and not again by Entra.
extension microsoftGraphV1

param uniqueName string
param displayName string
@description('Origins that a browser may be sent back to.')
param redirectOrigins string[]
param serviceManagementReference string
@description('v2.0 issuer of the tenant, which signs the tokens of the managed identity as well.')
param issuer string
@description('Audience of a federated credential in this cloud.')
param tokenExchange string
param identityPrincipalId string

resource signIn 'Microsoft.Graph/applications@v1.0' = {
  uniqueName: uniqueName
  displayName: displayName
  signInAudience: 'AzureADMyOrg'
  serviceManagementReference: empty(serviceManagementReference) ? null : serviceManagementReference
  web: {
    redirectUris: map(redirectOrigins, origin => '${origin}/oauth/callback')
    implicitGrantSettings: {
      enableIdTokenIssuance: false
      enableAccessTokenIssuance: false
    }
  }
}

resource signInPrincipal 'Microsoft.Graph/servicePrincipals@v1.0' = {
  appId: signIn.appId
}

resource credential 'Microsoft.Graph/applications/federatedIdentityCredentials@v1.0' = {
  name: '${signIn.uniqueName}/function-app'
  description: 'The function app, by its managed identity'
  audiences: [tokenExchange]
  issuer: issuer
  subject: identityPrincipalId
}

// Of the service principal: what waits for it can rely on both.
output clientId string = signInPrincipal.appId
