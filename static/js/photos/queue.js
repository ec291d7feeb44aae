// What waits and what runs, in the order in which it came, so many at a time.
export class Queue {
  #waiting = [];
  #running = new Set();
  #parallel;
  #run;
  #whenIdle;

  // `run` does one piece of work and never fails; `whenIdle` is called when nothing runs any more.
  constructor({ parallel, run, whenIdle }) {
    this.#parallel = parallel;
    this.#run = run;
    this.#whenIdle = whenIdle;
  }

  get size() {
    return this.#waiting.length + this.#running.size;
  }

  add(work) {
    this.#waiting.push(work);
    this.#pump();
  }

  isRunning(work) {
    return this.#running.has(work);
  }

  // Takes back what has not begun.
  withdraw(work) {
    this.#waiting = this.#waiting.filter((each) => each !== work);
  }

  #pump() {
    while (this.#running.size < this.#parallel && this.#waiting.length) {
      const work = this.#waiting.shift();
      this.#running.add(work);
      this.#run(work).finally(() => this.#finish(work));
    }
  }

  #finish(work) {
    this.#running.delete(work);
    this.#pump();
    if (!this.#running.size) {
      this.#whenIdle();
    }
  }
}
