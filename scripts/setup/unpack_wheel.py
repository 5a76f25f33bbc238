"""unpack_wheel.py WHEEL FOLDER: TensorFlow's two libraries and the C headers of a wheel, or an nvidia wheel's libraries."""

import sys
import zipfile

LIBRARIES = ("tensorflow/libtensorflow_cc.so.2", "tensorflow/libtensorflow_framework.so.2")
HEADERS = tuple(
    "tensorflow/include/" + folder
    for folder in ("tensorflow/c/", "tensorflow/core/platform/", "tsl/platform/", "xla/tsl/c/")
)


def wanted(name):
    if name.startswith("nvidia/"):
        return "/include/" not in name
    return name in LIBRARIES or name.startswith(HEADERS)


wheel, folder = sys.argv[1:]
with zipfile.ZipFile(wheel) as archive:
    archive.extractall(folder, [name for name in archive.namelist() if wanted(name)])
