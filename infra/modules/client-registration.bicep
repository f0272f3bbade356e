// The app registration of public clients: programs on a person's machine, which sign in on loopback. It never holds a
// secret, and no administrator consents to it for everybody: any program can name its id. A confidential client has a
// registration of its own (docs/clients.md).
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
  // RFC 8252 §7.3: any port of the loopback interface, the path to the letter.
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
