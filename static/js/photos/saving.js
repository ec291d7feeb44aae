// Saves a draft whenever it changes; other applications only by the button.
import { oneAfterAnother } from "./turns.js";

const PAUSE_MS = 800; // between the last key press and saving a draft
const CHANGED_ELSEWHERE =
  "The photos were changed elsewhere, perhaps by you in another tab. What was added there " +
  "now stands at the end. Nothing of it is saved yet: change something or press Save.";

export class Saving {
  changed = false;
  inTurn = oneAfterAnother();
  #sheet;
  #site;
  #pause;

  constructor(sheet, site) {
    this.#sheet = sheet;
    this.#site = site;
  }

  touch(wait = PAUSE_MS) {
    this.changed = true;
    if (this.#sheet.isDraft) {
      this.stop();
      this.#pause = setTimeout(() => this.inTurn(() => this.#save()), wait);
    }
  }

  stop() {
    clearTimeout(this.#pause);
  }

  // Adds a photo that the server has accepted. In a draft, the server has saved it already.
  adopt({ row, part, before, now }) {
    if (!this.#sheet.append(row, part)) {
      this.#sheet.say("This photo is here already.");
      return;
    }
    if (before === this.#sheet.fingerprint) {
      this.#sheet.fingerprint = now;
    } // else another tab has saved in between; the next save shows its changes
    this.changed ||= !this.#sheet.isDraft;
  }

  async #save() {
    const data = new FormData(this.#sheet.form);
    data.delete("upload");
    data.set("action", "save");
    this.changed = false;
    this.#sheet.say("Saving …");
    try {
      this.#sheet.fingerprint = (await this.#site.ask(this.#sheet.url, data)).fingerprint;
      this.#site.settle();
      const now = new Date().toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" });
      this.#sheet.say(`Saved at ${now}.`);
    } catch (refusal) {
      this.changed = true;
      if (refusal.payload?.rows === undefined) {
        this.#sheet.say(`Not saved: ${refusal.message}`);
      } else {
        this.#sheet.replace(refusal.payload);
        this.#sheet.say(CHANGED_ELSEWHERE);
      }
    }
  }
}
