// What people enter before the scripts of a page have arrived.

const isChanged = (field) => {
  if (field.type === "checkbox" || field.type === "radio") {
    return field.checked !== field.defaultChecked;
  }
  if (field.options) {
    const first = [...field.options].findIndex((option) => option.defaultSelected);
    return field.selectedIndex !== Math.max(first, 0);
  }
  return field.value !== field.defaultValue;
};

// Whether something was entered since the page arrived. After going back or reloading it is the
// browser that fills in what was there, which may be older than what is saved.
export const hasEarlyInput = (form) => {
  const [navigation] = performance.getEntriesByType("navigation");
  const fields = form.querySelectorAll("input:not([type=hidden], [type=file]), select, textarea");
  return navigation?.type === "navigate" && [...fields].some(isChanged);
};
