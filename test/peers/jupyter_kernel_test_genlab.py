"""The package jupyter-kernel-test, which checks any kernel against the messaging specification, run against ours."""

import unittest

import jupyter_kernel_test
from jupyter_kernel_test import msgspec_v5  # noqa: F401  (validates every message)

# A busy machine may take long to start a kernel.
jupyter_kernel_test.TIMEOUT = 60


class GenlabKernelTests(jupyter_kernel_test.KernelTests):
    kernel_name = "tslab"
    language_name = "typescript"
    file_extension = ".ts"

    code_hello_world = "console.log('hello, world')"
    code_stderr = "console.error('test')"
    code_generate_error = "throw new Error('raised on purpose')"
    code_execute_result = [
        {"code": "1 + 2 + 3", "result": "6"},
        {"code": "[1, 2].map((n) => n * n)", "result": "[ 1, 4 ]"},
        {"code": "({ [Symbol.for('Jupyter.display')]: () => ({ 'text/html': '<b>b</b>' }) })", "mime": "text/html"},
    ]
    code_display_data = [
        {
            "code": "(globalThis as any)[Symbol.for('genlab.cell')].display({ 'image/svg+xml': '<svg/>' })",
            "mime": "image/svg+xml",
        },
        {"code": "import * as tslab from 'tslab'; tslab.display.html('<p>x</p>')", "mime": "text/html"},
    ]
    completion_samples = [
        {"text": "Math.ma", "matches": {"max"}},
        {"text": "JSON.", "matches": {"parse", "stringify"}},
    ]
    complete_code_samples = ["1", "const a = 5;", "function f() { return 1; }"]
    incomplete_code_samples = ["function f() {", "const a = [1,", "if (true) {\n  f("]
    invalid_code_samples = ["const = 5", "a b c", "function ] {"]
    code_inspect_sample = "Math.max"
    code_history_pattern = "1 + 2*"
    supported_history_operations = ("tail", "range", "search")


if __name__ == "__main__":
    unittest.main(verbosity=2)
