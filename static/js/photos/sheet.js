// The form of the photos page: its rows, what it says, and what the page has seen.
export class Sheet {
  constructor(form) {
    this.form = form;
    this.rows = form.querySelector(".photo-rows");
    this.picker = form.querySelector("input[type=file]");
    this.drop = form.querySelector(".photo-drop");
    this.uploads = form.querySelector("[data-uploads]");
    this.url = form.getAttribute("action"); // form.action would be the buttons of that name
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
    this.form.querySelector("[data-said]").textContent = text;
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

  // Puts a new photo behind the others; false if it is there already.
  append(row, html) {
    if (this.rows.querySelector(`[data-row="${row}"]`)) {
      return false;
    }
    this.rows.insertAdjacentHTML("beforeend", html);
    this.#see(row);
    this.number();
    return true;
  }

  // Shows the rows that the site has, with the words that stand here: they are newer.
  replace({ rows, seen, fingerprint }) {
    const typed = new Map(new FormData(this.form));
    this.rows.innerHTML = rows;
    for (const field of this.rows.querySelectorAll("input[type=text], select")) {
      field.value = typed.get(field.name) ?? field.value;
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
