// An identity provider for one client: who may sign in is in the form, by name, with any password.
//
//   node provider.mjs PORT REDIRECT-URI SIGNED-OUT-URI
import Provider from "oidc-provider";

const [port, redirect, signedOut] = process.argv.slice(2);
const roles = { carol: { acme: "operator" }, nobody: undefined };

const provider = new Provider(`http://127.0.0.1:${port}`, {
  clients: [{
    client_id: "attendee-sync",
    client_secret: "the-secret-of-the-client",
    redirect_uris: [redirect],
    post_logout_redirect_uris: [signedOut],
  }],
  // Whoever comes without a challenge is refused, and the verifier has to be the challenge's.
  pkce: { required: () => true },
  claims: { openid: ["sub", "attendee_sync"], email: ["email", "email_verified"] },
  conformIdTokenClaims: false,
  findAccount: (_, id) => ({
    accountId: id,
    claims: () => ({ sub: id, attendee_sync: roles[id], email: `${id}@acme.example`, email_verified: true }),
  }),
});
provider.listen(Number(port), "127.0.0.1", () => console.log("listening"));
