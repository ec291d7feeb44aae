// An OpenID-certified provider that makes tokens as Cognito does. It is told what to
// be by a JSON object on its command line: {"port", "clients": [{id, secret, callback}]}.
// Whoever signs in as `officer` is in the group of Brasov's city hall.
import { generateKeyPairSync, randomBytes } from "node:crypto";
import Provider from "oidc-provider";

const { port, clients } = JSON.parse(process.argv[2]);
const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
const key = { ...privateKey.export({ format: "jwk" }), kid: "one", alg: "RS256", use: "sig" };

const provider = new Provider(`http://127.0.0.1:${port}`, {
  clients: clients.map(({ id, secret, callback }) => ({
    client_id: id,
    client_secret: secret,
    redirect_uris: [callback],
    response_types: ["code"],
    grant_types: ["authorization_code", "refresh_token"],
    token_endpoint_auth_method: "client_secret_basic",
    id_token_signed_response_alg: "RS256",
  })),
  jwks: { keys: [key] },
  cookies: { keys: [randomBytes(32).toString("hex")] },
  pkce: { required: () => true },
  // Cognito puts everything into the ID token, and hands out a refresh token unasked.
  conformIdTokenClaims: false,
  issueRefreshToken: async () => true,
  claims: {
    openid: ["sub", "token_use", "cognito:username", "cognito:groups"],
    email: ["email", "email_verified"],
    profile: ["name"],
  },
  findAccount: async (_, sub) => ({
    accountId: sub,
    claims: async () => ({
      sub,
      token_use: "id",
      "cognito:username": sub,
      "cognito:groups": sub === "officer" ? ["city-hall:brasov"] : undefined,
      email: `${sub}@example.com`,
      email_verified: true,
      name: sub,
    }),
  }),
  // Nobody is asked for consent: the clients are the pool's own.
  loadExistingGrant: async ({ oidc }) => {
    const grant = new oidc.provider.Grant({
      clientId: oidc.client.clientId,
      accountId: oidc.session.accountId,
    });
    grant.addOIDCScope("openid email profile");
    await grant.save();
    return grant;
  },
});

provider.listen(port, "127.0.0.1", () => console.log("ready"));
