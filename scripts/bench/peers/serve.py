"""serve.py torch|torchCompile|jax THREADS: one contender of `npm run bench -- --peers`.

Answers requests on standard input, one JSON object a line, with one line each on standard output; everything else that
the libraries print goes to standard error. What is computed lies beside this file, NAME_torch.py and NAME_jax.py:

    torch_workload(weights: dict[str, np.ndarray], inputs: dict[str, np.ndarray], config: dict, compiled: bool)
    jax_workload(weights: dict[str, np.ndarray], inputs: dict[str, np.ndarray], config: dict)

Both return (loss, step): the loss on the given weights, and a function that makes one training step and waits for its
result. step() may return the loss it computed, on the weights before its update: it is then compared as well.
"""

import importlib
import importlib.util
import json
import math
import os
import sys
import time
import traceback

contender, threads = sys.argv[1], int(sys.argv[2])
answers = os.fdopen(os.dup(1), "w")
os.dup2(2, 1)  # a library's greeting must not stand among the answers
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
framework = "jax" if contender == "jax" else "torch"


def hello(_):
    module = importlib.import_module(framework)
    if framework == "torch":
        module.set_num_threads(threads)
    versions = {framework: module.__version__, "python": sys.version.split()[0]}
    return {"threads": threads, "device": "cpu", "versions": versions}


step = None


def load(request):
    global step
    from safetensors import safe_open

    with safe_open(request["file"], "np") as file:
        tensors = {name: file.get_tensor(name) for name in file.keys()}
        config = json.loads(file.metadata()["config"])
    weights, inputs = (
        {name[len(kind) :]: value for name, value in tensors.items() if name.startswith(kind)}
        for kind in ("weights.", "inputs.")
    )
    name = f"{request['workload'].replace('-', '_')}_{framework}"
    if importlib.util.find_spec(name) is None:
        raise FileNotFoundError(f"there is no {name}.py beside serve.py: write it, or choose others with --only")
    module = importlib.import_module(name)
    hello(request)  # threads, whatever the module has set
    began = time.perf_counter()
    if framework == "torch":
        loss, step = module.torch_workload(weights, inputs, config, contender == "torchCompile")
    else:
        loss, step = module.jax_workload(weights, inputs, config)
    first = step()
    first_ms = (time.perf_counter() - began) * 1e3
    later = [step() for _ in range(4)]
    if first is not None and not abs(float(first) - float(loss)) <= 1e-4 * abs(float(loss)):
        raise ValueError(f"{name}: the first step's loss is {first}, the loss on the given weights {loss}")
    losses = [float(value) for value in [loss, *later] if value is not None]
    return {"losses": [value if math.isfinite(value) else None for value in losses], "firstMs": first_ms}


def run(request):
    began = time.perf_counter()
    for _ in range(request["turns"]):
        step()
    return {"ms": (time.perf_counter() - began) * 1e3, "count": request["turns"]}


def memory(_):
    with open("/proc/self/status") as status:
        line = next(line for line in status if line.startswith("VmHWM:"))
    return {"peakMB": int(line.split()[1]) * 1024 / 1e6}


requests = {"hello": hello, "load": load, "run": run, "memory": memory}
for line in sys.stdin:
    request = json.loads(line)
    try:
        answer = {"id": request["id"], "ok": True, "result": requests[request["do"]](request)}
    except Exception as error:
        traceback.print_exc()
        answer = {"id": request["id"], "ok": False, "error": f"{type(error).__name__}: {error}".split("\n")[0]}
    answers.write(json.dumps(answer) + "\n")
    answers.flush()
