"""A file by the reference implementation, for lib/data/weights.ts; with an argument, checks a file that we wrote.

python -m venv venv && venv/bin/pip install safetensors==0.8.0 numpy
venv/bin/python safetensors.py > reference.safetensors
venv/bin/python safetensors.py ours.safetensors
"""

import sys

# This script's own folder comes first in the path, and its name is the package's.
sys.path.pop(0)
import numpy as np  # noqa: E402
from safetensors.numpy import load_file, save  # noqa: E402

TENSORS = {
    "layer.w": np.array([[0.5, -1.25, 3.0], [1e-7, -2.5e8, 0.1]], np.float32),
    "ä b": np.array([1, -2, 2**31 - 1], np.int32),
    "pixels": np.arange(5, dtype=np.uint8),
    "scalar": np.array(42.5, np.float32),
    "empty": np.zeros((0, 3), np.float32),
}
if len(sys.argv) == 1:
    sys.stdout.buffer.write(save(TENSORS, metadata={"made": "by the reference implementation"}))
else:
    found = load_file(sys.argv[1])
    assert found.keys() == TENSORS.keys(), found.keys()
    for name, wanted in TENSORS.items():
        kind = np.int32 if wanted.dtype == np.uint8 else wanted.dtype  # we read bytes as int32
        assert found[name].dtype == kind and found[name].shape == wanted.shape, name
        assert (found[name] == wanted).all(), name
    print("same")
