"""unpack_wheel.py WHEEL FOLDER: TensorFlow's two libraries and the C headers of a wheel, or an nvidia wheel's libraries."""

import os
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
    for member in archive.infolist():
        if not wanted(member.filename):
            continue
        path = archive.extract(member, folder)
        mode = member.external_attr >> 16 & 0o777
        if mode & 0o111 and not member.is_dir():
            os.chmod(path, mode)  # zipfile forgets it, and XLA runs nvidia's ptxas
