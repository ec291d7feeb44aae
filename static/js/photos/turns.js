// Whatever changes the market happens one after another: each change tells what it
// was made on. A change that fails does not hold up the next.
export const oneAfterAnother = () => {
  let last = Promise.resolve();
  return (work) => {
    const done = last.then(work);
    last = done.catch(() => {
      // Whoever asked for it is told.
    });
    return done;
  };
};
