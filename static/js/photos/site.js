// Requests to the server. It answers in JSON, or as to a user who is signed out.

const OFFLINE = "There is no connection at the moment.";
const SIGNED_OUT = "You are signed out. Sign in again in another tab, then try again here.";
const BROKEN = "This did not work on our side. Please try again in a minute.";

// Why a request failed. `again`: trying again may help; `arrived`: the file is in the bucket
// and need not be sent again; `payload`: the server's answer.
export class Refusal extends Error {
  constructor(message, { again = true, arrived = true, payload = {} } = {}) {
    super(message);
    Object.assign(this, { again, arrived, payload });
  }
}

// What an answer is: "empty", "json", "signed-out" or "broken". A wrong CSRF token is
// refused with 403; an ended session redirects to the sign-in page.
export const kindOf = ({ status, type, contentType }) => {
  if (status === 204) {
    return "empty";
  }
  if (contentType?.startsWith("application/json")) {
    return "json";
  }
  return type === "opaqueredirect" || status === 403 ? "signed-out" : "broken";
};

export class Site {
  #form;
  #page;
  #wasOut = false; // then the server stores the last form as unsaved, until it is saved

  constructor(form, page) {
    this.#form = form;
    this.#page = page;
  }

  // Returns the server's answer, or throws a Refusal.
  async ask(url, data = new FormData()) {
    const answer = await this.#send(url, data);
    if (answer.kind !== "signed-out") {
      return answer.payload;
    }
    // After a sign-in in another tab, the page needs the new CSRF token.
    this.#wasOut = true;
    if (await this.#renewToken()) {
      const second = await this.#send(url, data);
      if (second.kind !== "signed-out") {
        return second.payload;
      }
    }
    throw new Refusal(SIGNED_OUT);
  }

  // The server has saved the form and deleted the unsaved one.
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
    const payload = kind === "json" ? await answer.json() : {};
    if (kind === "json" && !answer.ok) {
      throw new Refusal(payload.message, { ...payload, payload });
    }
    return { kind, payload };
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
