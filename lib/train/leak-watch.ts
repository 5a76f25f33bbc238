import { tf } from "../tensor/tf";

/** Growth in this many steps in a row is a leak: nothing that is made once (optimizer slots, caches) lasts so long. */
const WINDOW = 30;

/** Notices a training step that leaves tensors behind: thousands of steps would fill the memory. */
export class LeakWatch {
  private last = tf.memory().numTensors;
  private first = 0;
  private grown = 0;
  private told = false;

  /** To be called after every step; returns the warning once, when it is due. */
  afterStep(): string | undefined {
    const now = tf.memory().numTensors;
    if (now > this.last) {
      if (this.grown === 0) this.first = this.last;
      this.grown++;
    } else {
      this.grown = 0;
    }
    this.last = now;
    if (this.told || this.grown < WINDOW) return undefined;
    this.told = true;
    const each = Math.round((now - this.first) / this.grown);
    return `every step leaves ${each} tensor${each === 1 ? "" : "s"} behind (${now} are alive): put its body in tf.tidy(() => …) or dispose() them`;
  }
}
