// Changes the order of the photos, by buttons and by dragging.

// Where a row goes that is dragged to the height `y`: one place up (-1), down (1), or none (0).
// It moves when the pointer passes the middle of a neighbour.
export const direction = (y, above, below) => {
  if (above && y < above.top + above.height / 2) {
    return -1;
  }
  return below && y > below.top + below.height / 2 ? 1 : 0;
};

const move = (sheet, row, by) => {
  const other = by < 0 ? row.previousElementSibling : row.nextElementSibling;
  if (other) {
    // Move the neighbour instead, so that the row keeps the focus and the pointer.
    sheet.rows.insertBefore(other, by < 0 ? row.nextElementSibling : row);
    sheet.number();
  }
  return Boolean(other);
};

const remove = (sheet, row) => {
  const next = row.nextElementSibling ?? row.previousElementSibling;
  const number = sheet.placeOf(row);
  row.remove();
  sheet.number();
  sheet.say(`Photo ${number} is removed.`);
  (next?.querySelector(`[value^="remove-"]`) ?? sheet.picker).focus();
};

const sayPlace = (sheet, row) => sheet.say(`The photo is number ${sheet.placeOf(row)} now.`);

const press = (sheet, row, verb) => {
  if (verb === "remove") {
    remove(sheet, row);
  } else if (move(sheet, row, verb === "up" ? -1 : 1)) {
    sayPlace(sheet, row);
  } else {
    sheet.say("The photo is at the end already.");
  }
};

const drag = (sheet, row, whenDone) => {
  row.classList.add("photo-row--dragged");
  const follow = ({ clientY }) => {
    const above = row.previousElementSibling?.getBoundingClientRect();
    const below = row.nextElementSibling?.getBoundingClientRect();
    const by = direction(clientY, above, below);
    if (by) {
      move(sheet, row, by);
    }
  };
  const end = () => {
    row.classList.remove("photo-row--dragged");
    window.removeEventListener("pointermove", follow);
    sayPlace(sheet, row);
    whenDone();
  };
  window.addEventListener("pointermove", follow);
  window.addEventListener("pointerup", end, { once: true });
  window.addEventListener("pointercancel", end, { once: true });
};

export const letReorder = (sheet, whenDone) => {
  sheet.form.addEventListener("click", (event) => {
    const button = event.target.closest(".photo-row button[name=action]");
    if (button) {
      event.preventDefault();
      press(sheet, button.closest(".photo-row"), button.value.split("-")[0]);
      whenDone();
    }
  });

  sheet.rows.addEventListener("pointerdown", (event) => {
    // On touch screens the picture scrolls the page, and only the handle drags.
    const grip = event.pointerType === "mouse" ? ".photo-row img, .photo-handle" : ".photo-handle";
    const row = event.target.matches(grip) && event.target.closest(".photo-row");
    if (row && event.button === 0) {
      event.preventDefault();
      drag(sheet, row, whenDone);
    }
  });

  sheet.rows.addEventListener("dragstart", (event) => event.preventDefault());
};
