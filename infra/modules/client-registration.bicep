// The app registration of clients that bring none of their own: Microsoft Foundry and other confidential ones, and
// programs on a person's machine. It holds no secret; who connects a confidential client makes one there.
extension microsoftGraphV1

param uniqueName string
param displayName string
param apiClientId string
param serviceManagementReference string

var permissions = loadJsonContent('../permissions.json')
var userScopes = filter(permissions.scopes, scope => scope.consent == 'user')

resource client 'Microsoft.Graph/applications@v1.0' = {
  uniqueName: uniqueName
  displayName: displayName
  signInAudience: 'AzureADMyOrg'
  serviceManagementReference: empty(serviceManagementReference) ? null : serviceManagementReference
  requiredResourceAccess: [
    {
      resourceAppId: apiClientId
      resourceAccess: map(userScopes, scope => { id: scope.id, type: 'Scope' })
    }
  ]
  // RFC 8252 §7.3: any port of the loopback interface, the path to the letter. `web` is left out, not empty: its
  // redirect URIs are added when a client is connected, and a later deployment must not take them away.
  publicClient: {
    redirectUris: [
      'http://localhost'
      'http://localhost/callback'
      'http://localhost/oauth/callback'
      'http://127.0.0.1'
      'http://127.0.0.1/callback'
      'http://127.0.0.1/oauth/callback'
    ]
  }
}

resource clientPrincipal 'Microsoft.Graph/servicePrincipals@v1.0' = {
  appId: client.appId
}

output clientId string = clientPrincipal.appId
