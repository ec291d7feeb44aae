// Runs changes of the application one after another, because each names the version that it
// changes. A change that fails does not stop the next.
export const oneAfterAnother = () => {
  let last = Promise.resolve();
  return (work) => {
    const done = last.then(work);
    last = done.catch(() => {
      // The caller handles it.
    });
    return done;
  };
};
