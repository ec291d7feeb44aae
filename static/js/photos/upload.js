// One upload: sends a file to the bucket, shows its progress, and lets the server verify it.
import { Refusal } from "./site.js";

const HEIC = /\.hei[cf]$/i;
const CODE = /<Code>(\w+)<\/Code>/;

// A file's description for the server. Some systems know no type for an iPhone's photos.
export const describe = ({ name, type, size }) => ({
  name,
  type: !type && HEIC.test(name) ? "image/heic" : type,
  size,
});

// Why the bucket refused a file, from its answer in XML.
export const refusalOf = (answer) => {
  const isLarge = CODE.exec(answer)?.[1] === "EntityTooLarge";
  const message = isLarge ? "This file is too large." : "The upload was not accepted.";
  return new Refusal(message, { again: !isLarge });
};

export class Upload {
  constructor(file, { sheet, site, saving, queue }) {
    Object.assign(this, { file, sheet, site, saving, queue });
    this.item = sheet.form
      .querySelector("template[data-upload]")
      .content.cloneNode(true).firstElementChild;
    this.progress = this.item.querySelector("progress");
    this.progress.setAttribute("aria-label", `Upload of ${file.name}`);
    this.item.querySelector(".upload-name").textContent = file.name;
    this.again = this.item.querySelector("[data-again]");
    this.dismissal = this.item.querySelector("[data-cancel]");
    this.again.addEventListener("click", () => {
      this.dismissal.focus(); // the button in focus disappears
      this.enqueue();
    });
    this.dismissal.addEventListener("click", () => this.cancel());
    for (const button of this.item.querySelectorAll("button")) {
      const whose = document.createElement("span");
      whose.className = "visually-hidden";
      whose.textContent = ` ${file.name}`;
      button.append(whose);
    }
    sheet.uploads.append(this.item);
  }

  tell(text, state = "") {
    this.item.querySelector(".upload-state").textContent = text;
    this.item.dataset.state = state;
  }

  enqueue() {
    this.again.hidden = true;
    this.progress.hidden = false;
    if (!this.arrived) {
      this.progress.value = 0;
    }
    this.tell("Waiting …");
    this.queue.add(this);
  }

  async run() {
    try {
      if (!this.arrived) {
        await this.#letGo();
        await this.#begin();
        if (this.cancelled) {
          return;
        }
        await this.#send();
        this.arrived = true;
      }
      await this.#finish();
    } catch (refusal) {
      if (!this.cancelled) {
        this.fail(refusal);
      }
    } finally {
      if (this.cancelled) {
        await this.#letGo();
      }
    }
  }

  fail(refusal) {
    if (!(refusal instanceof Refusal)) {
      console.error(refusal);
    }
    this.arrived = this.arrived && refusal.arrived;
    this.again.hidden = !refusal.again;
    this.progress.hidden = true;
    this.tell(refusal.message, "failed");
    if (!refusal.again) {
      // The server stores nothing of it.
      this.dismissal.firstChild.textContent = "Dismiss";
      this.begun = this.arrived ? undefined : this.begun;
    }
  }

  cancel() {
    this.cancelled = true;
    this.request?.abort();
    this.#leave();
    if (!this.queue.isRunning(this)) {
      this.queue.withdraw(this);
      this.#letGo();
    }
  }

  async #begin() {
    const data = new FormData();
    for (const [key, value] of Object.entries(describe(this.file))) {
      data.set(key, value);
    }
    this.begun = await this.site.ask(this.sheet.form.dataset.begin, data);
  }

  #send() {
    const { url, fields } = this.begun.form;
    const data = new FormData();
    for (const [name, value] of Object.entries(fields)) {
      data.append(name, value);
    }
    data.append("file", this.file); // last, because S3 ignores what comes after it
    const request = new XMLHttpRequest(); // fetch reports no upload progress
    this.request = request;
    return new Promise((resolve, reject) => {
      request.upload.addEventListener("progress", (event) => {
        if (event.lengthComputable) {
          const percent = Math.floor((100 * event.loaded) / event.total);
          this.progress.value = percent;
          this.tell(`${percent} %`);
        }
      });
      request.addEventListener("load", () => {
        if (request.status === 201) {
          resolve();
        } else {
          reject(refusalOf(request.responseText));
        }
      });
      request.addEventListener("error", () => reject(new Refusal("The connection broke off.")));
      request.addEventListener("abort", () => reject(new Refusal("Cancelled.")));
      request.open("POST", url);
      request.send(data);
    });
  }

  async #finish() {
    this.progress.removeAttribute("value");
    this.tell("Checking the photo …");
    const finished = await this.saving.inTurn(
      () => !this.cancelled && this.site.ask(this.begun.finish),
    );
    this.begun = undefined;
    if (finished) {
      this.saving.adopt(finished);
      this.#leave();
    }
  }

  #leave() {
    // The focus would go to the top of the page when the focused button disappears.
    if (this.item.contains(document.activeElement)) {
      this.sheet.picker.focus();
    }
    this.item.remove();
  }

  async #letGo() {
    const { begun } = this;
    this.begun = undefined;
    if (begun) {
      await this.site.ask(begun.discard).catch(() => {
        // The server discards it later anyway.
      });
    }
  }
}
