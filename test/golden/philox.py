"""Golden values of TensorFlow's own stateless random ops, for lib/tensor/random.ts.

python -m venv venv && venv/bin/pip install tensorflow-cpu==2.21.0 && venv/bin/python philox.py > philox.json
"""

import json

import numpy as np
import tensorflow as tf

PHILOX = 1
CASES = [  # key (64 bits), counter (two 64-bit halves, low first), count
    (0, (0, 0), 8),
    (7, (0, 0), 13),
    (2**64 - 3, (0, 0), 6),
    (0x0123456789ABCDEF, (2**32 - 1, 0), 9),  # the counter's lowest word wraps
    (42, (2**64 - 1, 5), 10),  # its lower half wraps
]


def bits(values):
    return np.asarray(values, np.float32).view(np.uint32).tolist()


def case(key, counter, count):
    key_tensor = tf.constant([key], tf.uint64)
    counter_tensor = tf.constant(counter, tf.uint64)
    op = dict(shape=[count], key=key_tensor, counter=counter_tensor, alg=PHILOX)
    raw = tf.raw_ops
    return {
        "key": [key & 0xFFFFFFFF, key >> 32],
        "counter": [word for half in counter for word in (half & 0xFFFFFFFF, half >> 32)],
        "uniformBits": bits(raw.StatelessRandomUniformV2(**op)),
        "normal": [float(x) for x in raw.StatelessRandomNormalV2(**op).numpy()],
        "integers": raw.StatelessRandomUniformIntV2(**op, minval=-5, maxval=1000).numpy().tolist(),
        "words": raw.StatelessRandomUniformFullIntV2(**op, dtype=tf.uint32).numpy().tolist(),
    }


# Statistics over more draws, so that a rare branch shows: the largest difference matters, not the mean.
many = tf.raw_ops.StatelessRandomNormalV2(
    shape=[1024], key=tf.constant([11], tf.uint64), counter=tf.constant([0, 0], tf.uint64), alg=PHILOX
).numpy()
print(
    json.dumps(
        {
            "tensorflow": tf.__version__,
            "cases": [case(*c) for c in CASES],
            "normal1024": {"key": [11, 0], "values": [round(float(x), 7) for x in many]},
        }
    )
)
