// The photos page: several files at once, each straight to the bucket with its own
// progress; order by dragging; drafts saved as they change. Without this script the
// same form sends one photo at a time.
"use strict";

(() => {
  const form = document.querySelector("form[data-photos]");
  if (!form) {
    return;
  }
  const PARALLEL = 3; // uploads at a time: more would only make each slower
  const PAUSE_MS = 800; // after the last key, before a draft is saved
  const rows = form.querySelector(".photo-rows");
  const picker = form.querySelector("input[type=file]");
  const drop = form.querySelector(".photo-drop");
  const uploads = form.querySelector("[data-uploads]");
  const said = form.querySelector("[data-said]");
  const fingerprint = form.elements.fingerprint;
  const here = form.getAttribute("action"); // form.action would be the buttons of that name
  const isDraft = "draft" in form.dataset;
  const room = Number(form.dataset.room);
  let changed = false;

  const say = (text) => {
    said.textContent = text;
  };

  // Asking the site ---------------------------------------------------------

  class Refusal extends Error {
    constructor(message, { again = true, arrived = true, facts = {} } = {}) {
      super(message);
      Object.assign(this, { again, arrived, facts });
    }
  }

  const freshToken = async () => {
    const page = await (await fetch(here)).text();
    const other = new DOMParser().parseFromString(page, "text/html");
    const field = other.querySelector("form[data-photos] [name=csrfmiddlewaretoken]");
    if (field) {
      for (const own of document.getElementsByName("csrfmiddlewaretoken")) {
        own.value = field.value;
      }
    }
    return Boolean(field);
  };

  let wasOut = false; // then the site keeps what it was sent last, until it is told of this

  const ask = async (url, data, mayRenew = true) => {
    data.set("csrfmiddlewaretoken", form.elements.csrfmiddlewaretoken.value);
    if (wasOut) {
      data.set("kept", "1");
    }
    let answer;
    try {
      const headers = { Accept: "application/json" };
      answer = await fetch(url, { method: "POST", body: data, headers, redirect: "manual" });
    } catch {
      throw new Refusal("There is no connection at the moment.");
    }
    if (answer.status === 204) {
      return {};
    }
    const out = answer.type === "opaqueredirect" || answer.status === 403;
    if (!answer.headers.get("Content-Type")?.startsWith("application/json")) {
      // Signed in again in another tab, the page's own token is no longer the right one.
      wasOut ||= out;
      if (out && mayRenew && (await freshToken())) {
        return ask(url, data, false);
      }
      const why = out
        ? "You are signed out. Sign in again in another tab, then try again here."
        : "This did not work on our side. Please try again in a minute.";
      throw new Refusal(why);
    }
    const facts = await answer.json();
    if (!answer.ok) {
      throw new Refusal(facts.message, { ...facts, facts });
    }
    return facts;
  };

  // Whatever changes the market happens one after another: each change tells what it
  // was made on.
  let last = Promise.resolve();
  const inTurn = (work) => {
    const done = last.then(work);
    last = done.catch(() => {});
    return done;
  };

  // Saving a draft ----------------------------------------------------------

  const numbered = () => {
    [...rows.children].forEach((row, at) => {
      for (const number of row.querySelectorAll("[data-number]")) {
        number.textContent = at + 1;
      }
    });
    drop.classList.toggle("photo-drop--full", rows.children.length >= room);
  };

  const see = (row) => {
    const seen = document.createElement("input");
    Object.assign(seen, { type: "hidden", name: "seen", value: row });
    form.querySelector("[data-seen]").append(seen);
  };

  const takeIn = (facts) => {
    const typed = new Map(new FormData(form)); // the answer is older than the last key
    rows.innerHTML = facts.rows;
    for (const field of rows.querySelectorAll("input[type=text], select")) {
      field.value = typed.get(field.name) ?? field.value;
    }
    form.querySelector("[data-seen]").replaceChildren();
    facts.seen.forEach(see);
    fingerprint.value = facts.fingerprint;
    numbered();
    say(
      "The photos were changed elsewhere, perhaps by you in another tab. What was added there " +
        "now stands at the end. Nothing of it is saved yet: change something or press Save.",
    );
  };

  const save = async () => {
    const data = new FormData(form);
    data.delete("upload");
    data.set("action", "save");
    changed = false;
    say("Saving …");
    try {
      fingerprint.value = (await ask(here, data)).fingerprint;
      wasOut = false;
      const now = new Date().toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" });
      say(`Saved at ${now}.`);
    } catch (refusal) {
      changed = true;
      if (refusal.facts?.rows !== undefined) {
        takeIn(refusal.facts);
      } else {
        say(`Not saved: ${refusal.message}`);
      }
    }
  };

  let pause;
  const touched = (wait = PAUSE_MS) => {
    changed = true;
    if (isDraft) {
      clearTimeout(pause);
      pause = setTimeout(() => inTurn(save), wait);
    }
  };
  rows.addEventListener("input", () => touched());

  // Uploading ---------------------------------------------------------------

  const running = new Set();
  const queue = [];

  const send = (upload, { url, fields }) =>
    new Promise((resolve, reject) => {
      const data = new FormData();
      Object.entries(fields).forEach(([name, value]) => data.append(name, value));
      data.append("file", upload.file); // S3 ignores what comes after the file
      const request = new XMLHttpRequest();
      upload.request = request;
      request.upload.addEventListener("progress", (event) => {
        if (event.lengthComputable) {
          const percent = Math.floor((100 * event.loaded) / event.total);
          upload.progress.value = percent;
          upload.tell(`${percent} %`);
        }
      });
      request.addEventListener("load", () => {
        if (request.status === 201) {
          resolve();
          return;
        }
        const code = /<Code>(\w+)<\/Code>/.exec(request.responseText)?.[1];
        const large = code === "EntityTooLarge";
        const message = large ? "This file is too large." : "The upload was not accepted.";
        reject(new Refusal(message, { again: !large }));
      });
      request.addEventListener("error", () => reject(new Refusal("The connection broke off.")));
      request.addEventListener("abort", () => reject(new Refusal("Cancelled.")));
      request.open("POST", url);
      request.send(data);
    });

  const adopt = ({ row, part, before, now }) => {
    if (rows.querySelector(`[data-row="${row}"]`)) {
      say("This photo is here already.");
      return;
    }
    rows.insertAdjacentHTML("beforeend", part);
    see(row);
    numbered();
    if (before === fingerprint.value) {
      fingerprint.value = now;
    } // else another tab saved in between: saving will find out and show what
    changed = changed || !isDraft;
  };

  class Upload {
    constructor(file) {
      this.file = file;
      this.item = form.querySelector("template[data-upload]").content.cloneNode(true)
        .firstElementChild;
      this.progress = this.item.querySelector("progress");
      this.progress.setAttribute("aria-label", `Upload of ${file.name}`);
      this.item.querySelector(".upload-name").textContent = file.name;
      this.again = this.item.querySelector("[data-again]");
      this.again.addEventListener("click", () => {
        this.item.querySelector("[data-cancel]").focus(); // its own button goes
        enqueue(this);
      });
      this.item.querySelector("[data-cancel]").addEventListener("click", () => this.cancel());
      for (const button of this.item.querySelectorAll("button")) {
        const whose = document.createElement("span");
        whose.className = "visually-hidden";
        whose.textContent = ` ${file.name}`;
        button.append(whose);
      }
      uploads.append(this.item);
    }

    tell(text, state = "") {
      this.item.querySelector(".upload-state").textContent = text;
      this.item.dataset.state = state;
    }

    async run() {
      try {
        if (!this.arrived) {
          await this.letGo();
          const data = new FormData();
          const { name, type, size } = this.file;
          const heic = !type && /\.hei[cf]$/i.test(name) ? "image/heic" : type;
          Object.entries({ name, type: heic, size }).forEach(([key, value]) => data.set(key, value));
          this.begun = await ask(form.dataset.begin, data);
          if (this.cancelled) {
            return;
          }
          await send(this, this.begun.form);
          this.arrived = true;
        }
        this.progress.removeAttribute("value");
        this.tell("Checking the photo …");
        const finished = await inTurn(() => !this.cancelled && ask(this.begun.finish, new FormData()));
        this.begun = undefined;
        if (finished) {
          adopt(finished);
          this.leave();
        }
      } catch (refusal) {
        if (!this.cancelled) {
          this.fail(refusal);
        }
      } finally {
        if (this.cancelled) {
          await this.letGo();
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
        // The site keeps nothing of it.
        this.item.querySelector("[data-cancel]").firstChild.textContent = "Dismiss";
        this.begun = this.arrived ? undefined : this.begun;
      }
    }

    cancel() {
      this.cancelled = true;
      this.request?.abort();
      this.leave();
      if (!running.has(this)) {
        queue.splice(queue.indexOf(this), queue.includes(this) ? 1 : 0);
        this.letGo();
      }
    }

    leave() {
      // Focus must not fall to the top of the page with the button that had it.
      if (this.item.contains(document.activeElement)) {
        picker.focus();
      }
      this.item.remove();
    }

    async letGo() {
      const { begun } = this;
      this.begun = undefined;
      if (begun) {
        await ask(begun.discard, new FormData()).catch(() => {}); // it expires by itself
      }
    }
  }

  const enqueue = (upload) => {
    upload.again.hidden = true;
    upload.progress.hidden = false;
    if (!upload.arrived) {
      upload.progress.value = 0;
    }
    upload.tell("Waiting …");
    queue.push(upload);
    pump();
  };

  const pump = () => {
    while (running.size < PARALLEL && queue.length) {
      const upload = queue.shift();
      running.add(upload);
      upload.run().finally(() => {
        running.delete(upload);
        pump();
        if (!running.size) {
          const failed = uploads.querySelectorAll("[data-state=failed]").length;
          const there = `There are ${rows.children.length} photos now.`;
          say(failed ? `${there} ${failed} did not come through.` : there);
        }
      });
    }
  };

  const begin = (files) => {
    for (const file of files) {
      const upload = new Upload(file);
      if (rows.children.length + running.size + queue.length >= room) {
        upload.fail(new Refusal(`A market shows at most ${room} photos.`));
      } else {
        enqueue(upload);
      }
    }
  };

  form.classList.add("form--scripted");
  picker.multiple = true;
  form.querySelector("[data-plain]").hidden = true;
  form.querySelector("[data-limit]").textContent = "15";
  form.querySelector("[data-many]").hidden = false;
  form.querySelector("label[for=id_upload]").textContent = "Choose photos";
  picker.addEventListener("change", () => {
    begin([...picker.files]);
    picker.value = "";
  });

  // A file that misses the field must not take the place of the page.
  for (const kind of ["dragover", "drop"]) {
    window.addEventListener(kind, (event) => {
      if (event.dataTransfer?.types.includes("Files")) {
        event.preventDefault();
        drop.classList.toggle("photo-drop--over", kind === "dragover");
        if (kind === "drop") {
          begin([...event.dataTransfer.files]);
        }
      }
    });
  }
  window.addEventListener("dragleave", () => drop.classList.remove("photo-drop--over"));

  // Order -------------------------------------------------------------------

  const place = (row) => [...rows.children].indexOf(row) + 1;

  const move = (row, by) => {
    const other = by < 0 ? row.previousElementSibling : row.nextElementSibling;
    if (other) {
      // The neighbour moves, so that the row keeps focus and pointer.
      rows.insertBefore(other, by < 0 ? row.nextElementSibling : row);
      numbered();
    }
    return Boolean(other);
  };

  form.addEventListener("click", (event) => {
    const button = event.target.closest(".photo-row button[name=action]");
    if (!button) {
      return;
    }
    event.preventDefault();
    const row = button.closest(".photo-row");
    const verb = button.value.split("-")[0];
    if (verb === "remove") {
      const next = row.nextElementSibling ?? row.previousElementSibling;
      const number = place(row);
      row.remove();
      numbered();
      say(`Photo ${number} is removed.`);
      (next?.querySelector(`[value^="remove-"]`) ?? picker).focus();
    } else {
      const moved = move(row, verb === "up" ? -1 : 1);
      say(moved ? `The photo is number ${place(row)} now.` : "The photo is at the end already.");
    }
    touched(0);
  });

  rows.addEventListener("pointerdown", (event) => {
    // A finger on the picture scrolls the page; on the handle it drags.
    const grip = event.pointerType === "mouse" ? ".photo-row img, .photo-handle" : ".photo-handle";
    const row = event.target.matches(grip) && event.target.closest(".photo-row");
    if (!row || event.button !== 0) {
      return;
    }
    event.preventDefault();
    row.classList.add("photo-row--dragged");
    const follow = ({ clientY }) => {
      const above = row.previousElementSibling?.getBoundingClientRect();
      const below = row.nextElementSibling?.getBoundingClientRect();
      if (above && clientY < above.top + above.height / 2) {
        move(row, -1);
      } else if (below && clientY > below.top + below.height / 2) {
        move(row, 1);
      }
    };
    const end = () => {
      row.classList.remove("photo-row--dragged");
      window.removeEventListener("pointermove", follow);
      say(`The photo is number ${place(row)} now.`);
      touched(0);
    };
    window.addEventListener("pointermove", follow);
    window.addEventListener("pointerup", end, { once: true });
    window.addEventListener("pointercancel", end, { once: true });
  });

  rows.addEventListener("dragstart", (event) => event.preventDefault());

  // Leaving -----------------------------------------------------------------

  let leaving = false;
  form.addEventListener("submit", (event) => {
    if (leaving) {
      return;
    }
    event.preventDefault();
    event.stopPropagation(); // the page's guard against double clicks is not to count this one
    if (running.size || queue.length) {
      say("Some photos are still on their way. Save once they are here, or cancel them.");
      return;
    }
    clearTimeout(pause);
    const { submitter } = event;
    inTurn(async () => {
      await new Promise(setTimeout); // one submission has to end before another begins
      leaving = true;
      changed = false;
      form.requestSubmit(submitter);
      leaving = false;
    });
  });
  window.addEventListener("beforeunload", (event) => {
    if (running.size || queue.length || changed) {
      event.preventDefault();
    }
  });
  numbered();
})();
