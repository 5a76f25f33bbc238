"""Golden values for lib/data/mu-law.ts, lib/data/sounds.ts, lib/evaluate/{normal,linear-prediction,spectrogram}.ts, in float64.

python3.11 -m venv venv && venv/bin/pip install numpy scipy && venv/bin/python -W ignore sound.py > sound.json

mu_law is torchaudio's mu_law_encoding and mu_law_decoding, written out; telephone is Python's audioop (ITU-T G.711; in the
standard library until 3.12), all 65,536 samples of 16 bits as a checksum and some of them in full. Sounds come from sines, so that
the test can make them itself: number n is sin(0.3·n) + 0.5·sin(1.1·n + 1).
"""

import audioop
import json
import struct
import zlib

import numpy as np
from scipy.linalg import solve_toeplitz
from scipy.signal import lfilter
from scipy.stats import norm

MU = 255.0


def encode(x):
    compressed = np.sign(x) * np.log1p(MU * np.abs(x)) / np.log1p(MU)
    return ((compressed + 1) / 2 * MU + 0.5).astype(np.int64)


def decode(codes):
    y = codes / MU * 2 - 1
    return np.sign(y) * (np.exp(np.abs(y) * np.log1p(MU)) - 1) / MU


def resonances(formants, widths, rate):
    polynomial = np.array([1.0])
    for f, w in zip(formants, widths):
        r = np.exp(-np.pi * w / rate)
        polynomial = np.convolve(polynomial, [1, -2 * r * np.cos(2 * np.pi * f / rate), r * r])
    return polynomial


n = np.arange(400)
wave = np.sin(0.3 * n) + 0.5 * np.sin(1.1 * n + 1)
samples = np.concatenate([np.sin(np.arange(40) * 0.7) * 0.9 ** np.arange(40), [0, 1, -1, 1e-4, -1e-4, 0.5, -0.5]])
shorts = list(range(-32768, 32768))
telephone = audioop.lin2ulaw(struct.pack("<65536h", *shorts), 2)

order = 8
window = 0.54 - 0.46 * np.cos(2 * np.pi * (n + 0.5) / len(n))
faded = wave * window
r = np.array([np.dot(faded[k:], faded[: len(n) - k]) for k in range(order + 1)])
r[0] *= 1 + 1e-9
a = solve_toeplitz(r[:-1], r[1:])

hann = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(64) / 64)
power = np.array([np.abs(np.fft.rfft(hann * wave[m * 32 : m * 32 + 64])) ** 2 for m in range((400 - 64) // 32 + 1)])
decibels = np.maximum(-50, 10 * np.log10(power / power.max())).T

vowel = resonances([730, 1090, 2440], [60, 90, 140], 8000)
impulse = np.zeros(50)
impulse[0] = 1

intervals = [[-1, 1, 0, 1], [0.5, 0.502, 0.1, 0.3], [3, 4, 0, 1], [-9, -8, 0, 1], [8, 9, 0, 1], [-0.2, 0.9, 0.3, 0.05]]

print(
    json.dumps(
        {
            "mu_law": {"samples": samples.tolist(), "codes": encode(samples).tolist()},
            "decoded": decode(np.arange(256)).tolist(),
            "telephone": {
                "crc32": zlib.crc32(telephone),
                "samples": shorts[::1311],
                "bytes": list(telephone[::1311]),
                "decoded": list(struct.unpack("<256h", audioop.ulaw2lin(bytes(range(256)), 2))),
            },
            "normal": [
                {"of": i, "mass": float(norm.cdf((i[1] - i[2]) / i[3]) - norm.cdf((i[0] - i[2]) / i[3]))
                 if i[0] < i[2] else float(norm.sf((i[0] - i[2]) / i[3]) - norm.sf((i[1] - i[2]) / i[3]))}
                for i in intervals
            ],
            "predictor": {"weights": a.tolist(), "error": float(np.sqrt((r[0] - a @ r[1:]) / len(n)))},
            "spectrogram": decibels.tolist(),
            "vowel": {"polynomial": vowel.tolist(), "response": lfilter([1], vowel, impulse).tolist()},
        }
    )
)
