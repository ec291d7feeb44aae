// The photos page: uploads several files at once to the bucket, each with its progress;
// orders photos by dragging; saves drafts automatically. Without this script the same form
// sends one photo at a time.
import { hasEarlyInput } from "../early-input.js";
import { Queue } from "./queue.js";
import { letReorder } from "./reorder.js";
import { Saving } from "./saving.js";
import { Sheet } from "./sheet.js";
import { Refusal, Site } from "./site.js";
import { Upload } from "./upload.js";

const PARALLEL = 3; // uploads at the same time; more would only make each slower

const showWhatScriptsDo = ({ form, picker }) => {
  form.classList.add("form--scripted");
  picker.multiple = true;
  form.querySelector("[data-plain]").hidden = true;
  form.querySelector("[data-limit]").textContent = "15";
  form.querySelector("[data-many]").hidden = false;
  form.querySelector("label[for=id_upload]").textContent = "Choose photos";
};

const letUpload = (sheet, site, saving) => {
  const queue = new Queue({
    parallel: PARALLEL,
    run: (upload) => upload.run(),
    whenIdle: () => {
      const failed = sheet.uploads.querySelectorAll("[data-state=failed]").length;
      const there = `There are ${sheet.count} photos now.`;
      sheet.say(failed ? `${there} ${failed} did not come through.` : there);
    },
  });

  const begin = (files) => {
    for (const file of files) {
      const upload = new Upload(file, { sheet, site, saving, queue });
      if (sheet.count + queue.size >= sheet.room) {
        upload.fail(new Refusal(`You can show at most ${sheet.room} photos.`));
      } else {
        upload.enqueue();
      }
    }
  };

  const beginChosen = () => {
    begin([...sheet.picker.files]);
    sheet.picker.value = "";
  };
  sheet.picker.addEventListener("change", beginChosen);
  beginChosen(); // the form may be used before this script has arrived

  // A file that is dropped beside the field must not replace the page.
  for (const kind of ["dragover", "drop"]) {
    window.addEventListener(kind, (event) => {
      if (event.dataTransfer?.types.includes("Files")) {
        event.preventDefault();
        sheet.drop.classList.toggle("photo-drop--over", kind === "dragover");
        if (kind === "drop") {
          begin([...event.dataTransfer.files]);
        }
      }
    });
  }
  window.addEventListener("dragleave", () => sheet.drop.classList.remove("photo-drop--over"));
  return queue;
};

const guardLeaving = (sheet, saving, queue) => {
  let leaving = false;
  sheet.form.addEventListener("submit", (event) => {
    if (leaving) {
      return;
    }
    event.preventDefault();
    event.stopPropagation(); // forms.js must not count it as a first click
    if (queue.size) {
      sheet.say("Some photos are still on their way. Save once they are here, or cancel them.");
      return;
    }
    saving.stop();
    const { submitter } = event;
    saving.inTurn(async () => {
      await new Promise(setTimeout); // this submit event must end before the next begins
      leaving = true;
      saving.changed = false;
      sheet.form.requestSubmit(submitter);
      leaving = false;
    });
  });
  window.addEventListener("beforeunload", (event) => {
    if (queue.size || saving.changed) {
      event.preventDefault();
    }
  });
};

const start = (form) => {
  const sheet = new Sheet(form);
  const site = new Site(form, sheet.url);
  const saving = new Saving(sheet, site);
  showWhatScriptsDo(sheet);
  sheet.rows.addEventListener("input", () => saving.touch());
  if (hasEarlyInput(form)) {
    saving.touch();
  }
  letReorder(sheet, () => saving.touch(0));
  guardLeaving(sheet, saving, letUpload(sheet, site, saving));
};

const form = document.querySelector("form[data-photos]");
if (form) {
  start(form);
}
