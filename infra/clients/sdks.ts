/** Clients that you build, with the SDKs that need something said: each a public client, as a program on a desk is. */
import { type ClientGuide, type Code, consoleText, issue } from './guide.ts'

const redirectUris = [{ uri: 'http://localhost/callback', registeredBy: 'azd' }] as const
const publicClient = {
  sendsResource: 'yes',
  registration: 'ours, without a secret',
  redirectUris,
} as const

const code = (language: Code['language'], text: string): Code => ({ language, text: text.trim() })

export const dotNet: ClientGuide = {
  client: '.NET (ModelContextProtocol)',
  ...publicClient,
  steps: ({ clientId }, { url }) => [
    {
      say: 'Two things are missing between the SDK and a server on Azure Functions with Entra; one handler does both:',
      code: code(
        'csharp',
        `
sealed class EntraHandler : DelegatingHandler
{
    protected override async Task<HttpResponseMessage> SendAsync(
        HttpRequestMessage request, CancellationToken cancellationToken)
    {
        // Sends a Content-Length: Azure Functions drops a body that comes in chunks.
        if (request.Content is not null) await request.Content.LoadIntoBufferAsync(cancellationToken);
        var response = await base.SendAsync(request, cancellationToken);
        if (!response.IsSuccessStatusCode
            || !request.RequestUri!.AbsolutePath.EndsWith("/.well-known/openid-configuration")) return response;
        // Entra does PKCE and does not say so in its metadata; the SDK refuses it for that.
        var metadata = JsonNode.Parse(await response.Content.ReadAsStringAsync(cancellationToken))!;
        metadata["code_challenge_methods_supported"] = new JsonArray("S256");
        response.Content = new StringContent(metadata.ToJsonString(), Encoding.UTF8, "application/json");
        return response;
    }
}`,
      ),
    },
    {
      say: '`SignInAsync` is yours: it opens `AuthorizationUri` in a browser and returns the `code`, `state` and `iss` that arrive at the redirect URI.',
      code: code(
        'csharp',
        `
var http = new HttpClient(new EntraHandler { InnerHandler = new HttpClientHandler() });
var transport = new HttpClientTransport(new HttpClientTransportOptions
{
    Endpoint = new Uri("${url}"),
    OAuth = new ClientOAuthOptions
    {
        ClientId = "${clientId}",
        RedirectUri = new Uri("http://localhost:6274/callback"),
        AuthorizationCallbackHandler = SignInAsync,
    },
}, http);
await using var client = await McpClient.CreateAsync(transport);`,
      ),
    },
  ],
  limits: [
    {
      text: '“The body is empty”: the handler is missing, or stands behind one that replaces the content.',
      links: [issue('modelcontextprotocol/csharp-sdk#932')],
    },
    {
      text: '“does not include code_challenge_methods_supported”: the handler is not on the client that the transport was given.',
      links: [issue('modelcontextprotocol/csharp-sdk#730')],
    },
  ],
}

export const goSdk: ClientGuide = {
  client: 'Go (modelcontextprotocol/go-sdk)',
  ...publicClient,
  steps: ({ clientId }, { url }) => [
    {
      say: 'Entra does PKCE and does not say so in its metadata, so the SDK refuses it. A transport that adds the word cures that:',
      code: code(
        'go',
        `
type withPKCE struct{ http.RoundTripper }

func (t withPKCE) RoundTrip(request *http.Request) (*http.Response, error) {
	response, err := t.RoundTripper.RoundTrip(request)
	if err != nil || response.StatusCode != http.StatusOK ||
		!strings.HasSuffix(request.URL.Path, "/.well-known/openid-configuration") {
		return response, err
	}
	defer response.Body.Close()
	metadata := map[string]any{}
	if err := json.NewDecoder(response.Body).Decode(&metadata); err != nil {
		return nil, err
	}
	metadata["code_challenge_methods_supported"] = []string{"S256"}
	body, err := json.Marshal(metadata)
	response.Body = io.NopCloser(bytes.NewReader(body))
	response.ContentLength = int64(len(body))
	return response, err
}`,
      ),
    },
    {
      say: `The handler of the client gets it, beside the endpoint \`${url}\`. \`fetchCode\` is yours: it opens a browser and returns what arrives at the redirect URL.`,
      code: code(
        'go',
        `
handler, err := auth.NewAuthorizationCodeHandler(&auth.AuthorizationCodeHandlerConfig{
	PreregisteredClient:      &oauthex.ClientCredentials{ClientID: "${clientId}"},
	RedirectURL:              "http://localhost:6274/callback",
	AuthorizationCodeFetcher: fetchCode,
	Client:                   &http.Client{Transport: withPKCE{http.DefaultTransport}},
})`,
      ),
    },
  ],
  limits: [
    {
      text: '“does not implement PKCE”: the transport is missing.',
      links: [issue('modelcontextprotocol/go-sdk#473')],
    },
  ],
}

export const aiSdk: ClientGuide = {
  client: 'AI SDK (@ai-sdk/mcp)',
  ...publicClient,
  steps: ({ clientId }, { url }) => [
    {
      say: `Entra does PKCE and does not say so in its metadata, so the SDK refuses it. A \`fetch\` that adds the word cures that. \`authProvider\` is your \`OAuthClientProvider\`; its \`clientInformation()\` gives \`{ client_id: '${clientId}' }\`, and it saves the authorization server's information. Pass the same \`fetch\` to \`auth()\`, as \`fetchFn\`. A tool that needs a further scope fails with the refusal, since the SDK does not ask for more: ask for all that you need at sign-in.`,
      code: code(
        'ts',
        `
const fetchWithPkce: typeof fetch = async (input, init) => {
  const response = await fetch(input, init)
  const { pathname } = new URL(input instanceof Request ? input.url : input)
  if (!response.ok || !pathname.endsWith('/.well-known/openid-configuration')) return response
  const metadata = await response.json()
  return Response.json({ ...metadata, code_challenge_methods_supported: ['S256'] })
}

const client = await createMCPClient({
  transport: { type: 'http', url: '${url}', authProvider, fetch: fetchWithPkce },
})`,
      ),
    },
  ],
  limits: [
    {
      text: '“does not support S256 code challenge method”: the `fetch` is missing, or was not passed to `auth()`.',
      links: [issue('vercel/ai#18674')],
    },
    {
      text: 'Without `clientInformation()` it wants to register a client, which Entra does not do.',
      links: [issue('vercel/ai#10062')],
    },
  ],
}

export const python: ClientGuide = {
  client: 'Python (mcp)',
  ...publicClient,
  steps: ({ clientId }, { url }) => [
    {
      say: 'Version 2 shows what a refusal says, and goes on after it:',
      code: consoleText('pip install "mcp>=2"'),
    },
    {
      say: `\`OAuthClientProvider\` gets \`${url}\`, and a token storage whose \`get_client_info()\` returns the client id \`${clientId}\`, the redirect URI and \`token_endpoint_auth_method="none"\`.`,
    },
  ],
  limits: [
    {
      text: 'Version 1: a 403 ends the session, the next call included, where a bearer header is given to the transport by hand. Use `OAuthClientProvider`, which asks for the scope; or open a new session, with a token that has it.',
      links: [
        issue('modelcontextprotocol/python-sdk#3091'),
        issue('modelcontextprotocol/python-sdk#2047'),
      ],
    },
  ],
}
