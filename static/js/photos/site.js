// Asking the site. It answers in JSON, or as to somebody who is signed out.

const OFFLINE = "There is no connection at the moment.";
const SIGNED_OUT = "You are signed out. Sign in again in another tab, then try again here.";
const BROKEN = "This did not work on our side. Please try again in a minute.";

// Why something was not done. `again`: trying again may help; `arrived`: the file is there
// and need not be sent anew; `facts`: what else the site said.
export class Refusal extends Error {
  constructor(message, { again = true, arrived = true, facts = {} } = {}) {
    super(message);
    Object.assign(this, { again, arrived, facts });
  }
}

// What an answer is: "nothing" to read, "facts" in JSON, what somebody gets who is
// "signed-out", or "broken". A page's token is refused with 403, a session's end redirects.
export const kindOf = ({ status, type, contentType }) => {
  if (status === 204) {
    return "nothing";
  }
  if (contentType?.startsWith("application/json")) {
    return "facts";
  }
  return type === "opaqueredirect" || status === 403 ? "signed-out" : "broken";
};

export class Site {
  #form;
  #page;
  #wasOut = false; // then the site keeps what it was sent last, until it is told of this

  constructor(form, page) {
    this.#form = form;
    this.#page = page;
  }

  // Returns what the site says, or throws a Refusal.
  async ask(url, data = new FormData()) {
    const answer = await this.#send(url, data);
    if (answer.kind !== "signed-out") {
      return answer.facts;
    }
    // Signed in again in another tab, the page's own token is no longer the right one.
    this.#wasOut = true;
    if (await this.#renewToken()) {
      const second = await this.#send(url, data);
      if (second.kind !== "signed-out") {
        return second.facts;
      }
    }
    throw new Refusal(SIGNED_OUT);
  }

  // The site has been told of what it kept.
  settle() {
    this.#wasOut = false;
  }

  async #send(url, data) {
    data.set("csrfmiddlewaretoken", this.#form.elements.csrfmiddlewaretoken.value);
    if (this.#wasOut) {
      data.set("unsaved", "1");
    }
    const answer = await fetch(url, {
      method: "POST",
      body: data,
      headers: { Accept: "application/json" },
      redirect: "manual",
    }).catch(() => {
      throw new Refusal(OFFLINE);
    });
    const { status, type, headers } = answer;
    const kind = kindOf({ status, type, contentType: headers.get("Content-Type") });
    if (kind === "broken") {
      throw new Refusal(BROKEN);
    }
    const facts = kind === "facts" ? await answer.json() : {};
    if (kind === "facts" && !answer.ok) {
      throw new Refusal(facts.message, { ...facts, facts });
    }
    return { kind, facts };
  }

  async #renewToken() {
    const page = await (await fetch(this.#page)).text();
    const other = new DOMParser().parseFromString(page, "text/html");
    const field = other.querySelector("form[data-photos] [name=csrfmiddlewaretoken]");
    if (field) {
      for (const own of document.getElementsByName("csrfmiddlewaretoken")) {
        own.value = field.value;
      }
    }
    return Boolean(field);
  }
}
