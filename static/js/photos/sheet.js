// The form of the photos page: its rows, its status message, and the photos it has known.
export class Sheet {
  constructor(form) {
    this.form = form;
    this.rows = form.querySelector(".photo-rows");
    this.picker = form.querySelector("input[type=file]");
    this.drop = form.querySelector(".photo-drop");
    this.uploads = form.querySelector("[data-uploads]");
    this.url = form.getAttribute("action"); // form.action would be the buttons named “action”
    this.isDraft = "draft" in form.dataset;
    this.room = Number(form.dataset.room);
  }

  get count() {
    return this.rows.children.length;
  }

  get fingerprint() {
    return this.form.elements.fingerprint.value;
  }

  set fingerprint(value) {
    this.form.elements.fingerprint.value = value;
  }

  say(text) {
    this.form.querySelector("[data-status]").textContent = text;
  }

  placeOf(row) {
    return [...this.rows.children].indexOf(row) + 1;
  }

  number() {
    for (const row of this.rows.children) {
      for (const number of row.querySelectorAll("[data-number]")) {
        number.textContent = this.placeOf(row);
      }
    }
  }

  // Adds a photo after the others; returns false if the form has it already.
  append(row, html) {
    if (this.rows.querySelector(`[data-row="${row}"]`)) {
      return false;
    }
    this.rows.insertAdjacentHTML("beforeend", html);
    this.#see(row);
    this.number();
    return true;
  }

  // Shows the server's rows, with the texts that were entered here, because they are newer.
  replace({ rows, seen, fingerprint }) {
    const entered = new Map(new FormData(this.form));
    this.rows.innerHTML = rows;
    for (const field of this.rows.querySelectorAll("input[type=text], select")) {
      field.value = entered.get(field.name) ?? field.value;
    }
    this.form.querySelector("[data-seen]").replaceChildren();
    for (const row of seen) {
      this.#see(row);
    }
    this.fingerprint = fingerprint;
    this.number();
  }

  #see(row) {
    const seen = document.createElement("input");
    Object.assign(seen, { type: "hidden", name: "seen", value: row });
    this.form.querySelector("[data-seen]").append(seen);
  }
}
