// Binaryen's programs in threads of one process: what the engine has compiled of them serves the next run too, which halves
// the time of many small ones.
import { availableParallelism } from "node:os";
import { Worker } from "node:worker_threads";

// Runs the program at this path; its words are shown only when it fails.
export function run(program, args) {
  return new Promise((done, failed) => {
    const worker = new Worker(program, { argv: args, stdout: true, stderr: true });
    let said = "";
    for (const stream of [worker.stdout, worker.stderr]) stream.on("data", (text) => (said = (said + text).slice(-4000)));
    worker.on("error", failed);
    worker.on("exit", (code) => (code ? failed(new Error(`${program} ${args.join(" ")}: exit ${code}\n${said}`)) : done()));
  });
}

// Does the work for each of these, as many at a time as there are cores, in their order.
export async function each(things, work) {
  const waiting = [...things];
  const one = async () => {
    while (waiting.length) await work(waiting.shift());
  };
  await Promise.all(Array.from({ length: availableParallelism() }, one));
}
