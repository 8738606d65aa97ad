/* Passkeys: makes one, or proves one, and sends the form that carries what the device answered.

   A form says with data-passkey what it is for: "create" makes a passkey, "get" proves one. The
   options come with the page, or from the address in data-options, because asking for them begins
   something on the server. Without scripts the forms are not shown. */

const ours = /-|_/g;
const fromText = (text) => Uint8Array.from(
  atob(text.replace(ours, (letter) => (letter === "-" ? "+" : "/"))), (letter) => letter.charCodeAt(0),
);
const toText = (bytes) => btoa(String.fromCharCode(...new Uint8Array(bytes)))
  .replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");

const known = (list) => list?.map((one) => ({ ...one, id: fromText(one.id) }));

/** The server's options as the browser wants them: bytes where JSON has text. */
function readable({ publicKey }) {
  const options = { ...publicKey, challenge: fromText(publicKey.challenge) };
  if (publicKey.user) options.user = { ...publicKey.user, id: fromText(publicKey.user.id) };
  if (publicKey.allowCredentials) options.allowCredentials = known(publicKey.allowCredentials);
  if (publicKey.excludeCredentials) options.excludeCredentials = known(publicKey.excludeCredentials);
  return options;
}

/** What the device answered, as JSON can carry it. */
function writable(credential) {
  const { id, rawId, type, authenticatorAttachment, response } = credential;
  const parts = ["clientDataJSON", "attestationObject", "authenticatorData", "signature", "userHandle"];
  const answer = {};
  for (const part of parts) if (response[part]) answer[part] = toText(response[part]);
  return {
    id, type, authenticatorAttachment,
    rawId: toText(rawId),
    response: answer,
    clientExtensionResults: credential.getClientExtensionResults(),
  };
}

/** Kept on the device where it can be, so that it signs in without a name and a password too. */
function make(options) {
  const selection = { ...options.authenticatorSelection, residentKey: "preferred", requireResidentKey: false };
  return navigator.credentials.create({ publicKey: { ...options, authenticatorSelection: selection } });
}

async function optionsOf(form) {
  const address = form.dataset.options;
  if (!address) return JSON.parse(document.querySelector("#passkey-options").textContent);
  const answer = await fetch(address, { headers: { accept: "application/json" } });
  if (!answer.ok) throw new Error(`the server answers ${answer.status}`);
  return (await answer.json()).request_options;
}

async function use(form) {
  const line = form.querySelector("[role=status]");
  line.textContent = "";
  try {
    const options = readable(await optionsOf(form));
    const credential = form.dataset.passkey === "create"
      ? await make(options)
      : await navigator.credentials.get({ publicKey: options });
    form.elements.credential.value = JSON.stringify(writable(credential));
    form.submit();
  } catch (error) {
    const { failed, twice } = form.dataset;
    line.textContent = error.name === "InvalidStateError" && twice ? twice : failed;
  }
}

for (const form of document.querySelectorAll("form[data-passkey]")) {
  if (window.PublicKeyCredential) {
    form.hidden = false;
    form.addEventListener("submit", (event) => { event.preventDefault(); use(form); });
  }
}
for (const line of document.querySelectorAll("[data-passkey-missing]")) line.hidden = Boolean(window.PublicKeyCredential);
