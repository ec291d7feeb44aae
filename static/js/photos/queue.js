// A queue of work: first in, first out, with a limit on how much runs at the same time.
export class Queue {
  #waiting = [];
  #running = new Set();
  #parallel;
  #run;
  #whenIdle;

  // `run` does one piece of work and must not reject; `whenIdle` is called when all is done.
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

  // Removes work that has not begun.
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
